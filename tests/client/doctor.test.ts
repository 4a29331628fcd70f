/** `phasewright doctor` as people run it: a process that asks GitHub through another one. */
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { runProgram } from '../../client/cli/processes.ts';
import type { Diagnostic } from '../../domain/model/diagnostic.ts';
import { type GitHubDouble, startGitHubDouble } from '../support/github-double/index.ts';
import { type CliPlace, cli, newPlace } from './terminal.ts';

const token = 'ghp_canaryOfTheDoctorsProcess000000001';
const chat = 'xoxb-canary-of-the-doctors-process';

let place: CliPlace;
let double: GitHubDouble;
beforeEach(async () => {
  place = newPlace();
  double = await startGitHubDouble();
  double.createRepository('acme/shop');
});
afterEach(async () => {
  await double.close();
  rmSync(place.cwd, { recursive: true, force: true });
});

async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const base = { HOME: place.cwd, PATH: process.env['PATH'], PHASEWRIGHT_HOME: place.home };
  const run = await runProgram('client/cli/main', ['doctor', '--json', ...args], {
    env: { ...base, ...env },
  });
  for (const secret of [token, chat]) expect(run.stdout + run.stderr).not.toContain(secret);
  const findings = JSON.parse(run.stdout) as readonly Diagnostic[];
  const of = (what: string) => findings.find((finding) => finding.what === what);
  return { ...run, of };
}

const credentials = () => ({ PHASEWRIGHT_GITHUB_TOKEN: token, PHASEWRIGHT_GITHUB_API: double.url });

it('looks at a repository on GitHub', async () => {
  double.addUser('robin', { token, scopes: ['repo', 'workflow'] });
  const { exitCode, of } = await doctor(['--repository', 'acme/shop'], credentials());

  expect([of('GitHub identity')?.state, of('Repository')?.state, exitCode]).toEqual(['ok', 'ok', 0]);
  expect(of('Webhook')?.detail).toContain('polling does the work');
});

it('ends with 1 when something stands in the way, and passes on what it was asked', async () => {
  double.addUser('robin', { token, scopes: ['repo'], permission: 'admin' });
  double.setProtection('acme/shop', 'main', { linearHistory: true, enforceAdmins: true });
  const args = [
    '--repository',
    'acme/shop',
    '--base',
    'main',
    '--webhook',
    'https://hooks.example.com/github',
  ];
  const merged = await doctor(args, credentials());
  const squashed = await doctor([...args, '--merge-method', 'squash'], credentials());

  expect([merged.exitCode, squashed.exitCode]).toEqual([1, 0]);
  expect(merged.of('Webhook')?.detail).toContain('None leads to https://hooks.example.com/github');
});

it('says what GitHub answers to a credential, without a repository too', async () => {
  const { exitCode, of } = await doctor([], credentials());

  expect(exitCode).toBe(1);
  expect(of('GitHub credential')).toMatchObject({
    state: 'problem',
    detail: expect.stringContaining('Bad credentials'),
  });
});

it('needs no code host, unless it is asked for a repository there', async () => {
  const detail = 'none is configured; owner/name repositories are turned away. docs/github.md, docs/gitea.md';
  const plain = await doctor([], {
    PHASEWRIGHT_SLACK_TOKEN: chat,
    PHASEWRIGHT_CHECK_ENV: 'HOME,JAVA_HOME',
  });
  const asked = await doctor(['--repository', 'acme/shop']);

  expect(plain.of('Code host')).toEqual({ what: 'Code host', state: 'ok', detail });
  expect(plain.of('Notification channels')?.detail).toBe('stdout, webhook (unsigned), slack');
  expect(plain.of('Variables')).toMatchObject({
    state: 'warning',
    detail: expect.stringMatching(/^JAVA_HOME is named .* but not set here/),
  });
  expect(asked.of('Variables')).toMatchObject({ state: 'ok' });
  expect([asked.of('Code host')?.state, asked.exitCode]).toEqual(['problem', 1]);
});

it.each([
  ['--repository', './shop'],
  ['--repository', 'https://github.com/acme/shop'],
  ['--webhook', 'hooks'],
  ['--merge-method', 'rebase'],
])('turns %s %s away', async (flag, value) => {
  expect((await cli(place, 'doctor', flag, value)).exitCode).toBe(2);
});
