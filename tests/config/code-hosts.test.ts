/** On which code host `owner/name` repositories are, when one, several or none is configured. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Config, type Environment, loadConfig } from '../../config/load.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeCodeHost, usedCodeHost } from '../../workers/code-hosts.ts';

const noProfile = join(temporaryFolder(), 'none.toml');

const load = (env: Environment): Config =>
  loadConfig({ env: { HOME: temporaryFolder(), TEMPORAL_CONFIG_FILE: noProfile, ...env } });

function problemsOf(env: Environment): readonly string[] {
  try {
    load(env);
  } catch (error) {
    expect(error).toMatchObject({ code: 'InvalidConfig' });
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error('It was accepted.');
}

const url = 'https://git.example.com/forge';
const gitea = { PHASEWRIGHT_GITEA_URL: url, PHASEWRIGHT_GITEA_TOKEN: 'canaryToken' };
const github = { PHASEWRIGHT_GITHUB_TOKEN: 'ghp_canaryToken' };

describe('Gitea', () => {
  it('is reached at its address with a token, looked at every minute', () => {
    const config = load(gitea);

    expect(config.gitea).toEqual({ url, token: 'canaryToken', pollMs: 60_000 });
    expect(config.codeHost).toBe('gitea');
    expect(load({ ...gitea, PHASEWRIGHT_GITEA_POLL: '5s' }).gitea?.pollMs).toBe(5_000);
  });

  it.each([`${url}/`, `${url}/api/v1`, `${url}/api/v1/`])('is found by %s', (PHASEWRIGHT_GITEA_URL) => {
    expect(load({ ...gitea, PHASEWRIGHT_GITEA_URL }).gitea?.url).toBe(url);
  });

  it.each([
    [{ PHASEWRIGHT_GITEA_URL: url }, 'PHASEWRIGHT_GITEA_TOKEN'],
    [{ PHASEWRIGHT_GITEA_TOKEN: 'canaryToken' }, 'PHASEWRIGHT_GITEA_URL'],
  ])('is not configured by half', (env, missing) => {
    const told = [`Gitea needs its address and a token; missing: ${missing}.`];

    expect(problemsOf(env)).toEqual(told);
    expect(problemsOf({ ...env, PHASEWRIGHT_CODE_HOST: 'gitea' })).toEqual(told);
  });

  it('is told once what is wrong with its address', () => {
    expect(problemsOf({ ...gitea, PHASEWRIGHT_GITEA_URL: 'git.example.com' })).toEqual([
      'PHASEWRIGHT_GITEA_URL must be an http(s) URL without user name and query.',
    ]);
  });
});

describe('owner/name repositories', () => {
  it('are nowhere while no code host is configured', () => {
    expect(load({}).codeHost).toBeUndefined();
    expect(describeCodeHost(usedCodeHost(load({})))).toEqual([]);
  });

  it('are where the only code host is', () => {
    expect(load(github).codeHost).toBe('github');
  });

  it('are on no one of two until that is said', () => {
    expect(problemsOf({ ...github, ...gitea })).toEqual([
      'GitHub and Gitea are configured, and owner/name repositories may be on either: say on which one with PHASEWRIGHT_CODE_HOST=github|gitea.',
    ]);
  });

  it.each(['github', 'gitea'] as const)('are on %s of two when that is said', (PHASEWRIGHT_CODE_HOST) => {
    const config = load({ ...github, ...gitea, PHASEWRIGHT_CODE_HOST });

    expect(config.codeHost).toBe(PHASEWRIGHT_CODE_HOST);
    expect(Object.keys(usedCodeHost(config))).toEqual([PHASEWRIGHT_CODE_HOST]);
    expect([config.github, config.gitea]).not.toContain(undefined);
  });

  it('are on none that is not configured, or that nobody knows', () => {
    expect(problemsOf({ ...github, PHASEWRIGHT_CODE_HOST: 'gitea' })).toEqual([
      'PHASEWRIGHT_CODE_HOST is gitea, but Gitea is not configured: set PHASEWRIGHT_GITEA_URL and PHASEWRIGHT_GITEA_TOKEN, or leave PHASEWRIGHT_CODE_HOST out.',
    ]);
    expect(problemsOf({ ...github, ...gitea, PHASEWRIGHT_CODE_HOST: 'gitlab' })).toEqual([
      'PHASEWRIGHT_CODE_HOST must be one of github, gitea.',
    ]);
  });

  it('are where the worker says when it starts', () => {
    expect(describeCodeHost(usedCodeHost(load(gitea)))).toEqual([
      `Gitea: ${url}, with a token; pull requests that wait are looked at every 60 s.`,
    ]);
  });
});
