/** What a worker removes when it starts: only what workflows of its own namespace left. A data folder may be used with several servers and namespaces. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { projectWorkflowId } from '../../domain/names/workflow-ids.ts';
import { waitForNamespace } from '../../temporal/namespace.ts';
import { ensureSearchAttributes } from '../../temporal/search-attributes.ts';
import { startWorker } from '../../workers/run.ts';
import { leftBehind, settled } from '../support/aftermath.ts';
import { eventually } from '../support/eventually.ts';
import { git } from '../support/git.ts';
import { isRunning } from '../support/processes.ts';
import {
  noApprovals,
  obedient,
  type ProjectStatusView,
  quietRuntime,
  type Rig,
  startRig,
} from '../support/rig.ts';
import { testAddress, testBundle } from '../support/servers.ts';

const elsewhere = `elsewhere-${randomBytes(4).toString('hex')}`;
const onePhase = { approval: { project: 'none' }, phases: [{ name: 'One', tasks: ['First'] }] } as const;

/** Waits in its worktree for the file that the test makes. */
const waits = {
  ...obedient[0],
  task: 2,
  do: [
    { run: 'echo $$ > "$HOME/agent"; while ! test -e "$HOME/go-on"; do sleep 0.1; done' },
    ...((obedient[0]?.['do'] ?? []) as readonly unknown[]),
  ],
};

let rig: Rig;
let connection: Connection;
let native: NativeConnection;
let other: Client;
beforeAll(async () => {
  quietRuntime();
  connection = await Connection.connect({ address: testAddress() });
  native = await NativeConnection.connect({ address: testAddress() });
  await connection.workflowService.registerNamespace({
    namespace: elsewhere,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await waitForNamespace(connection, elsewhere);
  await ensureSearchAttributes(connection, elsewhere);
  other = new Client({ connection, namespace: elsewhere });
  rig = await startRig({ entries: [waits, ...obedient] });
});
afterAll(async () => {
  await rig.close();
  await native.close();
  await connection.close();
});

/** With a worker of the other namespace on the rig's data folder; what it said. */
async function withWorkerElsewhere(body: () => Promise<void> = async () => undefined) {
  const said: string[] = [];
  const worker = await startWorker({
    connection: native,
    client: other,
    namespace: elsewhere,
    dataDir: rig.home,
    hostId: rig.hostId,
    agentsFile: join(rig.home, 'agents.yaml'),
    environment: { PATH: process.env['PATH'], HOME: rig.home },
    taskQueue: rig.taskQueue,
    workflowBundle: testBundle(),
    log: (line) => void said.push(line),
  });
  await body().finally(async () => {
    worker.stop();
    await worker.done;
  });
  return said.join('\n');
}
const startElsewhere = (slug: string, input: Readonly<Record<string, unknown>>) =>
  other.workflow.start('projectWorkflow', {
    taskQueue: rig.taskQueue,
    workflowId: projectWorkflowId(slug),
    args: [{ name: slug, slug, repository: rig.repository, notify: [], ...input }],
  });
const gate = (slug: string) => rig.gate(rig.phase(slug, 1));
const approve = async (slug: string) =>
  rig.phase(slug, 1).executeUpdate('approve', { args: [{ by: 'ann', headSha: (await gate(slug)).headSha }] });
async function agentAtWork(): Promise<number> {
  const file = join(rig.home, 'agent');
  await eventually('an agent at work', () => existsSync(file));
  return Number(readFileSync(file, 'utf8'));
}

describe('a worker of another namespace on the same data folder', () => {
  it('leaves the worktree and the fence of a live project alone and says so; the project goes on', async () => {
    const slug = rig.slug('live');
    const handle = await rig.start(slug, onePhase);
    await gate(slug);
    const before = leftBehind(rig);
    expect(before.join('\n')).toMatch(/worktree folder.*hidden ref on the remote/s);
    await rig.stopWorker();

    const said = await withWorkerElsewhere();

    expect(leftBehind(rig)).toEqual(before);
    expect(said).toContain(`'${slug}' belongs to the namespace 'default'`);
    await rig.startWorker();
    await approve(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(await settled(() => leftBehind(rig))).toEqual([]);
  });

  it('works beside the first: the agent of the one is not ended by the start of the other, and both projects are done', async () => {
    const slug = rig.slug('both');
    const handle = await rig.start(slug, {
      ...noApprovals,
      phases: [{ name: 'One', tasks: ['First', 'Second'] }],
    });
    const agent = await agentAtWork();

    await withWorkerElsewhere(async () => {
      expect(isRunning(agent)).toBe(true);
      const beside = await startElsewhere(rig.slug('beside'), {
        ...noApprovals,
        phases: [{ name: 'One', tasks: ['First'] }],
      });
      expect(await beside.result()).toMatchObject({ status: 'done' });
      expect(isRunning(agent)).toBe(true);
      writeFileSync(join(rig.home, 'go-on'), '');
      expect(await handle.result()).toMatchObject({ status: 'done' });
    });

    expect(await settled(() => leftBehind(rig))).toEqual([]);
  });

  it.each(['the same repository', 'another repository'])(
    'refuses a project of the same slug on %s, and its end takes nothing of the first',
    async (which) => {
      const slug = rig.slug(which.replaceAll(' ', '-'));
      const repository = which === 'the same repository' ? rig.repository : anotherRepository();
      const handle = await rig.start(slug, onePhase);
      await gate(slug);
      const before = leftBehind(rig);

      await withWorkerElsewhere(async () => {
        const second = await startElsewhere(slug, { ...onePhase, repository });
        const refused = await refusal(second);
        expect(refused).toMatch(/Branch conflict|belongs to another namespace of Temporal, 'default'/);
        await second.cancel().catch(() => undefined);
        await second.result().catch(() => undefined);
      });

      expect(leftBehind(rig)).toEqual(before);
      await approve(slug);
      expect(await handle.result()).toMatchObject({ status: 'done' });
      expect(await settled(() => leftBehind(rig))).toEqual([]);
    },
  );
});

it('a worktree whose record does not say whose it is stays, and the worker says so', async () => {
  const slug = rig.slug('unknown');
  const handle = await rig.start(slug, onePhase);
  await gate(slug);
  await rig.stopWorker();
  await handle.terminate('enough');
  const records = readdirSync(join(rig.home, 'worktrees')).filter(
    (name) => name.startsWith(slug) && name.endsWith('.json'),
  );
  expect(records).toHaveLength(1);
  const file = join(rig.home, 'worktrees', records[0] ?? '');
  const { namespace, ...old } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  expect(namespace).toMatchObject({ name: 'default' });
  writeFileSync(file, JSON.stringify(old));
  const before = leftBehind(rig);

  const said = await withWorkerElsewhere();

  expect(said).toContain(`Left the worktree of '${slug}' alone: its record does not say whose it is.`);
  expect(leftBehind(rig)).toEqual(before);
  writeFileSync(file, JSON.stringify({ ...old, namespace }));
  await rig.startWorker();
  expect(leftBehind(rig)).toEqual([]);
});

/** What its status says of why it can't go on, or what it failed with. */
async function refusal(handle: WorkflowHandle): Promise<string> {
  const failed = handle.result().then(
    (result) => JSON.stringify(result),
    (error: Error & { cause?: Error }) => error.cause?.message ?? error.message,
  );
  const stopped = rig.until<ProjectStatusView>(handle, 'refused', (view) => view.condition === 'failed');
  return Promise.race([failed, stopped.then((view) => JSON.stringify(view))]);
}

function anotherRepository(): string {
  const path = join(rig.home, 'another');
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  git(path, 'init', '-q', '-b', 'main');
  git(path, 'commit', '-q', '--allow-empty', '-m', 'First commit');
  return path;
}
