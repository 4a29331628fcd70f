/**
 * Agents that do something else than asked, through whole projects: what the attempt ends as, what the next one is told, and
 * a worker that is healthy afterwards: no descendant process and no orphaned worktree 10 s later, memory at most 64 MiB up.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { findContainment } from '../../activities/support/containment/containment.ts';
import { landedTasks, leftBehind, pullRequestsOf, settled } from '../support/aftermath.ts';
import { phaseGate } from '../support/crash-scenarios.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';
import { noApprovals, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const MiB = 1024 * 1024;

/** One program for all: what an attempt does lies in a file of its project, role and attempt; without one it is a good agent. */
const program = `
name=$(expr "$PHASEWRIGHT_TASK_ID" : 'project\\.\\([a-z0-9-]*\\)-[0-9a-f]*\\.')
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@a GIT_CONFIG_GLOBAL=/dev/null
for part in "$name.$PHASEWRIGHT_ROLE.$PHASEWRIGHT_ATTEMPT" "$name.$PHASEWRIGHT_ROLE.each"; do
  if test -e "$HOME/agents/$part"; then echo "$part" >> "$HOME/ran"; . "$HOME/agents/$part"; exit $?; fi
done
if test "$PHASEWRIGHT_ROLE" = gatekeeper
then echo '{"decision":"accept","comments":[]}' > "$PHASEWRIGHT_RESULT_FILE"
else echo "$PHASEWRIGHT_TASK_ID $PHASEWRIGHT_ATTEMPT" > good.txt; rm -f bad.txt; echo 'wrote a good file'
fi
`;

let server: OwnServer;
let rig: Rig;
let worker: WorkerProcess;
let usual = 0;
beforeAll(async () => {
  server = await startOwnServer();
  const agent = { engine: 'command', argv: ['sh', 'agent.sh'] };
  rig = await startRig({
    address: server.address,
    worker: 'none',
    agents: { implementer: agent },
    files: { 'README.md': '# A library\n', '.gitignore': 'ignored\n' },
  });
  const path = join(rig.home, 'agent.sh');
  writeFileSync(path, program);
  const blueprint = `{ engine: command, argv: [sh, '${path}'], limits: { log_mib: 2 } }`;
  writeFileSync(join(rig.home, 'agents.yaml'), `implementer: ${blueprint}\ngatekeeper: ${blueprint}\n`);
  mkdirSync(join(rig.home, 'agents'));
  worker = await startWorkerProcess({ home: rig.home, address: server.address });
  // Warm: code loaded, caches filled.
  for (const name of ['warm', 'warmer']) {
    const { handle } = await project(name, {});
    await handle.result();
  }
  usual = residentBytes(worker.pid);
});
afterAll(async () => {
  await worker?.stop();
  await rig?.close();
  await server?.stop();
});

interface Run {
  readonly slug: string;
  readonly handle: WorkflowHandle;
}

/** `scripts`: by `implementer.1`, `gatekeeper.each`, … */
async function project(
  name: string,
  scripts: Readonly<Record<string, string>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Run> {
  for (const [part, script] of Object.entries(scripts))
    writeFileSync(join(rig.home, 'agents', `${name}.${part}`), script);
  const slug = rig.slug(name);
  const handle = await rig.start(slug, {
    ...noApprovals,
    phases: [{ name: 'One', tasks: ['Do it'] }],
    checks: ['! test -e bad.txt || { echo "bad.txt must not be there"; false; }'],
    limits: { agent_timeout: '20s', attempts: 3 },
    ...more,
  });
  return { slug, handle };
}

const artifact = ({ slug }: Run, name: string, attempt = 1) =>
  join(rig.home, 'artifacts', slug, '1', '1', String(attempt), name);
const promptOf = (run: Run, attempt: number) => readFileSync(artifact(run, 'prompt.md', attempt), 'utf8');
const resultOf = (run: Run, attempt = 1, role = '') =>
  JSON.parse(readFileSync(artifact(run, `${role}result.json`, attempt), 'utf8')) as {
    result: unknown;
    elapsedMs: number;
  };
const statusOf = ({ handle }: Run) => rig.until<ProjectStatusView>(handle, 'its status', () => true);
const taskOf = async (run: Run) => (await statusOf(run)).phases[0]?.tasks[0];
const filesOf = ({ slug }: Run) =>
  rig.git('show', '--format=', '--name-only', `project/${slug}/phase/1/one`).split('\n');
/** The misbehaviour really ran, so often. */
const ran = (name: string) =>
  readFileSync(join(rig.home, 'ran'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith(`${name}.`)).length;

/** One bad attempt, then a good one: landed once, and the second prompt says what was wrong with the first. */
async function expectSecondChance(run: Run, told: RegExp): Promise<void> {
  expect(await run.handle.result()).toMatchObject({ status: 'done' });
  expect(promptOf(run, 1)).not.toMatch(told);
  expect(promptOf(run, 2)).toMatch(told);
  expect(await taskOf(run)).toMatchObject({ status: 'done', attempts: 2 });
  expect(landedTasks(rig, run.slug)).toEqual(['1.1']);
}

async function expectHealthy(): Promise<void> {
  expect(await settled(() => leftBehind(rig, [worker.pid]))).toEqual([]);
  expect(worker.output()).not.toMatch(/The worker stopped|UnhandledPromiseRejection|heap out of memory/);
  expect(residentBytes(worker.pid) - usual).toBeLessThan(64 * MiB);
}

it('is held together unless the host can not do that, which a worker says once', async () => {
  const outliving = 'Nothing holds together what agents, setup and checks start';
  const { kind } = await findContainment('auto');
  expect(worker.output().includes(outliving)).toBe(kind === 'none');

  const without = await startWorkerProcess({
    home: temporaryFolder(),
    address: server.address,
    variables: { PHASEWRIGHT_CONTAINMENT: 'none' },
  });
  expect(without.output().split(outliving)).toHaveLength(2);
  await without.stop();
});

describe('an agent that', () => {
  it('exceeds its time is ended, and the next attempt is told', async () => {
    const run = await project(
      'overtime',
      { 'implementer.1': 'trap "" TERM; echo half > half.txt; setsid sleep 605 & sleep 605; sleep 605' },
      { limits: { agent_timeout: '6s', attempts: 3 } },
    );
    await expectSecondChance(run, /did not finish within 6s and was ended/);
    expect(resultOf(run)).toMatchObject({ result: { kind: 'timed_out' } });
    expect(filesOf(run)).toEqual(['good.txt']);
    await expectHealthy();
  });

  it('prints 1 GB has its end kept and its log cut', async () => {
    const run = await project(
      'flood',
      {
        'implementer.1':
          'head -c 1000000000 /dev/zero | tr "\\0" x; echo; echo $PHASEWRIGHT_TASK_ID > good.txt; echo "the end of it"',
      },
      { limits: { agent_timeout: '2m' } },
    );
    const most = await peakUntil(run.handle.result());
    expect(ran('flood')).toBe(1);
    expect(most - usual).toBeLessThan(64 * MiB);
    expect(resultOf(run)).toMatchObject({
      result: { kind: 'maker', outcome: 'done', summary: 'the end of it' },
    });
    expect(statSync(artifact(run, 'log')).size).toBeLessThan(2 * MiB + 4_096);
    expect(statSync(artifact(run, 'log')).size).toBeGreaterThan(MiB);
    expect(readFileSync(artifact(run, 'log'), 'utf8')).toMatch(
      /\[log cut here: it reached its limit of \d+ bytes\]\s*$/,
    );
    expect(await taskOf(run)).toMatchObject({ status: 'done', attempts: 1 });
    await expectHealthy();
  });

  it('forks into the background takes all of it along when it ends', async () => {
    const run = await project('fork', {
      'implementer.1':
        'setsid sh -c "sleep 605; echo late > late.txt" & (nohup sleep 605 > /dev/null 2>&1 &) ; (env -i setsid sh -c "setsid sh -c \'echo up > ignored; exec sleep 605\' &" > /dev/null 2>&1 < /dev/null &) ; while ! test -s ignored; do sleep 0.05; done; echo $PHASEWRIGHT_TASK_ID > good.txt; echo done',
    });
    expect(await run.handle.result()).toMatchObject({ status: 'done' });
    expect(ran('fork')).toBe(1);
    expect(filesOf(run)).toEqual(['good.txt']);
    await expectHealthy();
  });

  it('changes nothing and says done hears that nothing changed', async () => {
    await expectSecondChance(
      await project('idle', { 'implementer.1': 'echo x > ignored; echo done' }),
      /EmptyDiff/,
    );
    expect(ran('idle')).toBe(1);
    await expectHealthy();
  });

  it('says done while the checks fail hears their output, and mends what it made', async () => {
    const run = await project('broken', {
      'implementer.1': 'echo bad > bad.txt; echo kept > kept.txt; echo done',
    });
    await expectSecondChance(run, /ChecksFailed.*bad\.txt must not be there/s);
    expect(filesOf(run)).toEqual(['good.txt', 'kept.txt']);
    await expectHealthy();
  });

  it.each([
    [
      'switches branch',
      'switch',
      'git switch -q -c elsewhere; echo x > elsewhere.txt; git add -A; git commit -q -m x',
    ],
    ['deletes .git', 'nogit', 'rm -rf .git; echo x > x.txt'],
  ])('%s has its clone made anew, and the next attempt is told', async (_what, name, script) => {
    const main = rig.git('rev-parse', 'main');
    const run = await project(name, { 'implementer.1': `${script}; echo done` });
    await expectSecondChance(run, /WorktreeTampered/);
    expect(ran(name)).toBe(1);
    expect(filesOf(run)).toEqual(['good.txt']);
    expect(rig.git('rev-list', '--first-parent', 'main').split('\n')[1]).toBe(main);
    expect(rig.git('for-each-ref', '--format=%(refname)', 'refs/heads/elsewhere')).toBe('');
    await expectHealthy();
  });

  it('moves refs moves those of its own clone, and nobody else’s', async () => {
    const main = rig.git('rev-parse', 'main');
    const run = await project('refs', {
      'implementer.1':
        'git update-ref refs/heads/main "$(git commit-tree -m evil "$(git rev-parse HEAD^{tree})")"; git tag v9; echo x > x.txt; echo done',
    });
    expect(await run.handle.result()).toMatchObject({ status: 'done' });
    expect(filesOf(run)).toEqual(['x.txt']);
    expect(rig.git('rev-list', '--first-parent', 'main').split('\n')[1]).toBe(main);
    expect(rig.git('tag')).toBe('');
    await expectHealthy();
  });

  it('leaves files uncommitted has them in its one commit, unless they are ignored', async () => {
    const run = await project('loose', {
      'implementer.1':
        'echo a > a.txt; git add a.txt; git commit -q -m half; echo b > b.txt; echo c > ignored; echo done',
    });
    expect(await run.handle.result()).toMatchObject({ status: 'done' });
    expect(filesOf(run)).toEqual(['a.txt', 'b.txt']);
    expect(landedTasks(rig, run.slug)).toEqual(['1.1']);
    await expectHealthy();
  });

  it('writes a result that is not JSON has failed its attempt, whatever it changed', async () => {
    const run = await project('rubbish', {
      'implementer.1': 'echo x > x.txt; echo "{ outcome: done" > "$PHASEWRIGHT_RESULT_FILE"',
    });
    await expectSecondChance(run, /InvalidAgentResult/);
    expect(filesOf(run)).toEqual(['good.txt']);
    await expectHealthy();
  });

  it('decides what nobody knows has decided nothing', async () => {
    const run = await project('maybe', {
      'gatekeeper.1': 'echo \'{"decision":"maybe","comments":[]}\' > "$PHASEWRIGHT_RESULT_FILE"',
    });
    await expectSecondChance(run, /UnknownDecision/);
    expect(resultOf(run, 1, 'gatekeeper.')).toMatchObject({
      result: { kind: 'unusable', type: 'UnknownDecision' },
    });
    await expectHealthy();
  });

  it('uses up its attempts fails its task and its phase, and the next phase does not start', async () => {
    const run = await project(
      'hopeless',
      { 'implementer.each': 'echo done' },
      {
        limits: { attempts: 2 },
        phases: [
          { name: 'One', tasks: ['Do it'] },
          { name: 'Two', tasks: ['Never'] },
        ],
      },
    );
    const view = await rig.until<ProjectStatusView>(
      run.handle,
      'the failure',
      (each) => each.condition === 'failed',
    );
    expect(ran('hopeless')).toBe(2);
    expect(view.advances).toMatchObject([
      { stage: 'complete_phase', success: false, phaseCompleted: { tasks: [{ status: 'failed' }] } },
    ]);
    expect(view.phases).toMatchObject([
      { status: 'failed', tasks: [{ status: 'failed', attempts: 2 }] },
      { status: 'pending' },
    ]);
    expect(landedTasks(rig, run.slug)).toEqual([]);
    await run.handle.cancel();
    await expect(run.handle.result()).rejects.toThrow();
    await expectHealthy();
  });

  it('declares that nothing needed changing, and is believed, gets no pull request, and the gate says so', async () => {
    const run = await project(
      'noop',
      {
        'implementer.1':
          'echo \'{"outcome":"done","summary":"It was there already.","noop":true}\' > "$PHASEWRIGHT_RESULT_FILE"',
      },
      { approval: { phases: 'required', project: 'none' } },
    );
    const gate = await phaseGate(rig, run.slug, 1);
    const waiting = await statusOf(run);
    expect(waiting.phases[0]?.gate?.question).toContain(
      'nothing needed changing, so there is no pull request',
    );
    await rig.phase(run.slug, 1).signal('approve', { by: 'ann', gateId: gate.id, headSha: gate.headSha });
    expect(await run.handle.result()).toMatchObject({ status: 'done', pullRequest: null });
    expect(pullRequestsOf(rig.home).filter(({ head }) => head.branch.includes(run.slug))).toEqual([]);
    expect(await taskOf(run)).toMatchObject({ status: 'done', commit: null, attempts: 1 });
    await expectHealthy();
  });
});

/** Resident memory of a process. */
function residentBytes(pid: number): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

async function peakUntil(work: Promise<unknown>): Promise<number> {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  let most = 0;
  while (!over) {
    most = Math.max(most, residentBytes(worker.pid));
    await sleep(200);
  }
  await done;
  return most;
}
