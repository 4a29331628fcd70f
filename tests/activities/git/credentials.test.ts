/** A person's own credentials, by whatever makes `git ls-remote` work in the worker's shell; and what becomes of them. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { PortError } from '../../../activities/support/errors.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { type GitOverHttp, serveGit } from '../../support/git-over-http.ts';
import { createWorld, git, noFence, type World, write } from './support.ts';

const password = 'pa55word-of-a-person';
const basic = Buffer.from(`somebody:${password}`).toString('base64');

let world: World;
let server: GitOverHttp;
let repository: RepositoryRef;
beforeEach(async () => {
  world = createWorld();
  git(world.root, 'clone', '-q', '--bare', world.repository, 'served.git');
  const allows = (authorization: string) => authorization === `Basic ${basic}`;
  server = await serveGit(world.root, allows, 'You sent AUTHORIZATION');
  repository = { kind: 'url', url: `${server.url}/served.git` };
});
afterEach(async () => {
  await server.close();
  world.remove();
});

function program(name: string, script: string): string {
  write(world.root, { [name]: `#!/bin/sh\n${script}\n` });
  execFileSync('chmod', ['+x', join(world.root, name)]);
  return join(world.root, name);
}
function configuration(text: string): string {
  write(world.root, { gitconfig: text });
  return join(world.root, 'gitconfig');
}
const workerWith = (
  env: Readonly<Record<string, string>>,
  { passes = [] as readonly string[], hosted }: Partial<Parameters<typeof createSimpleGit>[0]> = {},
) =>
  createSimpleGit({
    dataDir: join(world.root, 'worker'),
    hostId: 'host-1',
    env: { PATH: process.env['PATH'], HOME: world.root, GIT_CONFIG_NOSYSTEM: '1', ...env },
    passes,
    hosted,
  });
const failureOf = async (work: Promise<unknown>): Promise<PortError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof PortError) return error;
  throw new Error('It did not fail.');
};

describe('a remote that asks who one is', () => {
  const asks = () =>
    program('ask me', `case "$1" in Username*) echo somebody;; *) echo "${password}";; esac`);
  const helper = (variable: string) =>
    configuration(
      `[credential]\n\thelper = "!f() { echo username=somebody; echo \\"password=$${variable}\\"; }; f"\n`,
    );
  const ways: Record<string, () => readonly [Record<string, string>, (readonly string[])?]> = {
    'a program named by GIT_ASKPASS': () => [{ GIT_ASKPASS: asks() }],
    'a program named by SSH_ASKPASS': () => [{ SSH_ASKPASS: asks(), SSH_ASKPASS_REQUIRE: 'force' }],
    'a header in GIT_CONFIG_COUNT': () => [
      {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
      },
    ],
    'a helper that reads GH_TOKEN': () => [{ GIT_CONFIG_GLOBAL: helper('GH_TOKEN'), GH_TOKEN: password }],
    'a helper in the configuration of the system': () => [
      { GIT_CONFIG_SYSTEM: helper('GITHUB_TOKEN'), GIT_CONFIG_NOSYSTEM: '0', GITHUB_TOKEN: password },
    ],
    'a helper that reads a variable that the operator names': () => [
      { GIT_CONFIG_GLOBAL: helper('FORGE_PW'), FORGE_PW: password },
      ['OTHER', 'FORGE_PW'],
    ],
  };
  it.each(Object.keys(ways))('is answered by %s', async (way) => {
    const [env, passes = []] = ways[way]?.() ?? [{}];
    const port = workerWith(env, { passes });

    expect((await port.resolveBase(repository, null)).sha).toBe(world.base);
    const pushed = await port.push(
      { ...world.workspace, repository },
      [{ ref: 'refs/heads/ours', expected: null, sha: world.base }],
      noFence,
    );
    expect(pushed.kind).toBe('pushed');
  });

  it('and gets no answer, names what was not passed on and the setting', async () => {
    const env = {
      GIT_CONFIG_GLOBAL: helper('FORGE_TOKEN'),
      FORGE_TOKEN: password,
      EDITOR: 'vi',
      MY_KEY: 'x',
    };
    const { code, message } = await failureOf(workerWith(env).fetch(repository));

    expect(code).toBe('AccessRefused');
    expect(message).toContain('git was not given FORGE_TOKEN, MY_KEY.');
    expect(message).toContain('PHASEWRIGHT_GIT_PASSES');
    expect(message).not.toContain('EDITOR');
  });

  it('and gets no answer from anything, names the setting all the same', async () => {
    const { message } = await failureOf(workerWith({}).fetch(repository));
    expect(message).toMatch(/terminal prompts disabled\n.* If a credential helper needs a variable/);
  });
});

describe('a remote behind a proxy', () => {
  const header = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };

  it.each(['http_proxy', 'all_proxy', 'ALL_PROXY'])('is reached through %s', async (name) => {
    const port = workerWith({ ...header, [name]: server.url });
    const away = { kind: 'url', url: 'http://away.invalid/served.git' } as const;
    expect((await port.resolveBase(away, null)).sha).toBe(world.base);
  });

  it('is reached through it with a credential of our own', async () => {
    const hosted = {
      webUrl: 'http://away.invalid/a',
      authorization: () => Promise.resolve(`Basic ${basic}`),
    };
    git(world.root, 'clone', '-q', '--bare', world.repository, 'a/an/other.git');
    const port = workerWith({ http_proxy: server.url }, { hosted });
    expect((await port.resolveBase({ kind: 'hosted', owner: 'an', name: 'other' }, null)).branch).toBe(
      'main',
    );
  });
});

describe('what git was given as a credential', () => {
  const wrong = Buffer.from('somebody:wr0ng-password').toString('base64');

  it.each<[string, Record<string, string>, readonly string[]]>([
    [
      'a header',
      {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${wrong}`,
      },
      [],
    ],
    [
      'a helper written into a variable',
      {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'credential.helper',
        GIT_CONFIG_VALUE_0:
          '!f() { echo username=somebody; echo password=wr0ng-password; echo "oh: wr0ng-password" >&2; }; f',
      },
      [],
    ],
    [
      'a variable that the operator names',
      {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'credential.helper',
        GIT_CONFIG_VALUE_0:
          '!f() { echo username=somebody; echo "password=$FORGE"; echo "oh: $FORGE" >&2; }; f',
        FORGE: 'wr0ng-password',
      },
      ['FORGE'],
    ],
  ])('stays out of its words: %s', async (_what, env, passes) => {
    const { message } = await failureOf(workerWith(env, { passes }).fetch(repository));

    expect(message).toContain('remote: You sent Basic ***');
    expect(message).not.toContain('wr0ng-password');
    expect(message).not.toContain(wrong);
  });

  it('reaches no command but those that talk to another machine', async () => {
    const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
    const seen = join(world.root, 'seen');
    write(seen, { '.keep': '' });
    program('bin/git', `env > "${seen}/$$"\necho "$@" >> "${seen}/$$"\nexec "${real}" "$@"`);
    const env = {
      PATH: `${join(world.root, 'bin')}:${process.env['PATH']}`,
      GIT_ASKPASS: program('ask', 'echo'),
      GH_TOKEN: password,
      FORGE: password,
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'http.extraHeader',
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
    };
    const port = workerWith(env, { passes: ['FORGE'] });
    await port.fetch(repository);
    await port.fetch(world.workspace.repository);
    await port.push(world.workspace, [{ ref: 'refs/heads/ours', expected: null, sha: world.base }], noFence);

    const runs = readdirSync(seen)
      .filter((name) => name !== '.keep')
      .map((name) => readFileSync(join(seen, name), 'utf8'));
    const given = runs.filter((text) => /GIT_ASKPASS|GH_TOKEN|FORGE|GIT_CONFIG_VALUE/.test(text));
    const asked = (verb: string, texts: readonly string[]) =>
      texts.some((text) => text.includes(` ${verb} `));
    expect(given.filter((text) => !text.includes(server.url))).toEqual([]);
    expect(asked('fetch', given)).toBe(true);
    const others = runs.filter((text) => !given.includes(text));
    expect([asked('fetch', others), asked('push', others)]).toEqual([true, true]);
  });

  it('is not mixed with a credential of our own', async () => {
    const hosted = { webUrl: server.url, authorization: () => Promise.resolve(`Basic ${wrong}`) };
    const env = {
      GIT_ASKPASS: program('ask', `echo asked > "${join(world.root, 'asked')}"; echo ${password}`),
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_2: 'http.extraHeader',
      GIT_CONFIG_VALUE_2: `Authorization: Basic ${basic}`,
    };
    const port = workerWith(env, { hosted });
    const { message } = await failureOf(port.fetch({ kind: 'hosted', owner: 'an', name: 'other' }));

    expect(message).toContain('remote: You sent Basic ***');
    expect(message).not.toContain(wrong);
    expect(message).not.toContain('PHASEWRIGHT_GIT_PASSES');
    expect(readdirSync(world.root)).not.toContain('asked');
  });
});
