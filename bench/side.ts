/** The two sides of the comparison, driven alike: a project of the product, or bare workflows of the same shape. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { stringify } from 'yaml';
import { phaseWorkflowId, projectWorkflowId } from '../domain/names/workflow-ids.ts';
import type { Shape } from './shape.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface Size {
  readonly phases: number;
  readonly tasks: number;
}

export interface Side {
  readonly name: 'product' | 'floor';
  readonly worker: WorkerProcess;
  start(name: string): Promise<WorkflowHandle>;
  project(name: string): WorkflowHandle;
  /** The first phase of that project. */
  phase(name: string): WorkflowHandle;
  /** After its phase was approved: when nothing of it runs any more. */
  settled(name: string): Promise<void>;
}

export interface SideOptions {
  readonly client: Client;
  readonly address: string;
  readonly folder: string;
  /** Bundled workflows. */
  readonly bundle: string;
}

export interface ProductOptions extends SideOptions {
  readonly repository: string;
  readonly size: Size;
  /** People decide at the gates. */
  readonly gated: boolean;
}

export async function startProduct(options: ProductOptions): Promise<Side> {
  const { client, address, bundle, folder, repository, size, gated } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const hostId = `bench-${process.pid}-${gated ? 'gated' : 'plain'}`;
  const worker = await startWorkerProcess({
    kind: 'product',
    address,
    bundle,
    dataDir: folder,
    hostId,
    taskQueue: hostId,
    agentsFile: writeAgents(folder, size),
  });
  const approval = gated ? 'required' : 'none';
  const phases = numbers(size.phases).map((phase) => ({
    name: `Phase ${phase}`,
    tasks: numbers(size.tasks).map((task) => `Write file ${task} of phase ${phase}`),
  }));
  const project = (name: string) => client.workflow.getHandle(projectWorkflowId(name));
  return {
    name: 'product',
    worker,
    start: (name) =>
      client.workflow.start('projectWorkflow', {
        taskQueue: hostId,
        workflowId: projectWorkflowId(name),
        args: [
          {
            name,
            slug: name,
            repository,
            phases,
            checks: ['true'],
            notify: [],
            approval: { phases: approval, project: approval },
          },
        ],
      }),
    project,
    phase: (name) => client.workflow.getHandle(phaseWorkflowId(name, 1)),
    settled: (name) => untilGate(project(name)),
  };
}

export async function startFloor({
  client,
  address,
  bundle,
  folder,
  shape,
}: SideOptions & { readonly shape: Shape }): Promise<Side> {
  const taskQueue = `bench-${process.pid}-floor`;
  const worker = await startWorkerProcess({
    kind: 'floor',
    address,
    bundle,
    dataDir: folder,
    hostId: '',
    taskQueue,
    agentsFile: '',
  });
  const project = (name: string) => client.workflow.getHandle(`floor.${name}`);
  return {
    name: 'floor',
    worker,
    start: (name) =>
      client.workflow.start('floorWorkflow', { taskQueue, workflowId: `floor.${name}`, args: [shape] }),
    project,
    phase: (name) => client.workflow.getHandle(`floor.${name}.1`),
    settled: (name) => project(name).result(),
  };
}

/** Throws after two minutes. */
export async function untilGate(workflow: WorkflowHandle): Promise<void> {
  for (let last: unknown, deadline = Date.now() + 120_000; ; await sleep(50)) {
    try {
      const view = await workflow.query<{ readonly gate: unknown }>('status');
      if (view.gate !== null) return;
      last = view;
    } catch (error) {
      last = error; // not started yet
    }
    if (Date.now() > deadline)
      throw new Error(
        `${workflow.workflowId} did not reach its gate within two minutes: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      );
  }
}

/** Recorded edits: one file per task, a line more in it with each project; the gatekeeper accepts. */
function writeAgents(folder: string, size: Size): string {
  const script = join(folder, 'script.yaml');
  const edits = numbers(size.phases).flatMap((phase) =>
    numbers(size.tasks).map((task) => ({
      role: 'implementer',
      phase,
      task,
      do: [{ append: { path: `work/${phase}-${task}.txt`, content: 'done\n' } }],
      result: { outcome: 'done', summary: 'wrote a file' },
    })),
  );
  writeFileSync(
    script,
    stringify({ entries: [...edits, { role: 'gatekeeper', result: { decision: 'accept', comments: [] } }] }),
  );
  const agent = { engine: 'script', script, max_instances: 4 };
  const agents = join(folder, 'agents.yaml');
  writeFileSync(agents, stringify({ implementer: agent, gatekeeper: agent }));
  return agents;
}

export const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => index + 1);
