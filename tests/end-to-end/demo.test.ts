/** The demo as a person runs it: a process of its own, the product's server, worker and commands. */
import { afterAll, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessEntry, readProcessTable } from '../../activities/support/process-table.ts';
import { runProgram } from '../../client/cli/processes.ts';
import { programPath } from '../../temporal/package-root.ts';
import { eventually } from '../support/eventually.ts';
import { testCli } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const home = temporaryFolder();
const environment = async () => ({
  ...process.env,
  PHASEWRIGHT_TEMPORAL_CLI: await testCli(),
  TEMPORAL_ADDRESS: 'nowhere.invalid:7233',
});
const demo = async (...flags: string[]) =>
  runProgram('client/cli/main', ['demo', '--pace', '0', '--home', home, ...flags], {
    env: await environment(),
  });

/** Started since this file was, and not by anyone else's test: server and worker of the demo lead their own sessions. */
const alive = (pids: readonly number[]): readonly ProcessEntry[] =>
  readProcessTable().filter(({ pid }) => pids.includes(pid));
const pidsIn = (output: string): readonly number[] =>
  [...output.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid));

const kept: number[] = [];
afterAll(() => {
  for (const { pid } of alive(kept)) process.kill(pid, 'SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

const inOrder = (output: string, texts: readonly string[]): readonly string[] => {
  let from = 0;
  return texts.filter((text) => {
    const at = output.indexOf(text, from);
    from = Math.max(from, at);
    return at < 0;
  });
};

it('carries a project to merged code, tells it all, and ends by itself with everything as it should be', async () => {
  const { exitCode, stdout } = await demo('--keep');
  kept.push(...(/^To stop them: kill (.*)$/m.exec(stdout)?.[1] ?? '').split(' ').map(Number));

  expect(exitCode === 0 ? 'all is well' : stdout).toBe('all is well');
  expect(
    inOrder(stdout, [
      "Phase 1 'Accounts' runs on project/pocket-ledger/phase/1/accounts",
      'Task 1.2: the gatekeeper rejects attempt 1. Its feedback goes into the next prompt:\n',
      '> Look first, then post both entries.',
      '$ phasewright approve pocket-ledger --phase 1 --comment',
      "$ phasewright reject pocket-ledger --phase 2 --comment 'A statement should say which period it covers",
      "Task 2.3 'Address the requested changes (round 1)'",
      '$ phasewright approve pocket-ledger --phase 2',
      '$ phasewright approve pocket-ledger --phase 3',
      '$ phasewright approve pocket-ledger --comment',
      'after 1 rejection by the gatekeeper and 1 by a person',
      '#4 merged: the integration branch into main',
      'phase 3, task 3: Describe the library in its README',
      'node --test passed (20 tests)',
      'Web UI: http://127.0.0.1:',
      'Server and worker stay up.',
    ]),
  ).toEqual([]);
  expect(stdout).not.toContain('NOT AS IT SHOULD BE');
});

it('with --keep leaves server and worker up, so that the commands it names work', async () => {
  expect(alive(kept)).toHaveLength(2);

  const status = await runProgram(
    'client/cli/main',
    ['status', 'pocket-ledger', '--json', '--home', join(home, 'demo', 'run-1', 'data')],
    {
      env: { ...(await environment()), TEMPORAL_ADDRESS: undefined },
    },
  );

  expect(JSON.parse(status.stdout)).toMatchObject({ condition: 'done', lifecycle: 'verified' });
});

it('runs a second time at once, beside the first, and leaves nothing of its own running', async () => {
  const { exitCode, stdout } = await demo();

  expect(exitCode === 0 ? 'all is well' : stdout).toBe('all is well');
  expect(stdout).toContain("An earlier demo's server still runs");
  expect(alive(pidsIn(stdout).filter((pid) => !kept.includes(pid)))).toEqual([]);
  expect(alive(kept)).toHaveLength(2);
});

it('stops what it started when it is interrupted, and says so by its exit code', async () => {
  const child = spawn(process.execPath, [programPath('client/cli/main'), 'demo', '--home', home], {
    env: await environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  await eventually('the first claim', () => output.includes('claimed') || child.exitCode !== null);

  child.kill('SIGINT');

  const exitCode = await ended;
  expect(exitCode === 130 ? 'interrupted' : `${exitCode}: ${output}`).toBe('interrupted');
  expect(output).toContain('Interrupted.');
  expect(pidsIn(output).length).toBeGreaterThan(0);
  expect(alive(pidsIn(output).filter((pid) => !kept.includes(pid)))).toEqual([]);
});
