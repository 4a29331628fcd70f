/** What is compared, driven alike: a project of a product, and each of the two floors. */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { phaseWorkflowId, projectWorkflowId } from '../domain/names/workflow-ids.ts';
import { writeAgents } from './agents.ts';
import type { ProgramInput } from './program-workflows.ts';
import type { Shape } from './shape.ts';
import { numbers } from './statistics.ts';
import { startWorkerProcess, type WorkerProcess } from './worker-process.ts';

export interface Size {
  readonly phases: number;
  readonly tasks: number;
}

/** `before` is the product of another checkout. */
export type SideName = 'product' | 'before' | 'shape' | 'program';

export interface Side {
  readonly name: SideName;
  readonly worker: WorkerProcess;
  start(name: string): Promise<WorkflowHandle>;
  /** The workflow that waits at the project's first gate. */
  gatekeeper(name: string): WorkflowHandle;
  /** After that gate was answered: when nothing of the project runs any more. */
  settled(name: string): Promise<void>;
}

export interface SideOptions {
  readonly client: Client;
  readonly address: string;
  readonly folder: string;
  readonly checkout: string;
  /** File of the bundled workflows. */
  readonly bundle: string;
  readonly size: Size;
  /** People decide at the gates. */
  readonly gated: boolean;
}

export async function startProduct(
  name: 'product' | 'before',
  options: SideOptions & { readonly repository: string },
): Promise<Side> {
  const { client, folder, repository, size, gated } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const hostId = `bench-${process.pid}-${name}-${gated ? 'gated' : 'plain'}`;
  const agentsFile = writeAgents(folder, size);
  const worker = await startWorkerProcess({
    ...common(options),
    kind: 'product',
    hostId,
    taskQueue: hostId,
    agentsFile,
  });
  const approval = gated ? 'required' : 'none';
  const phases = numbers(size.phases).map((phase) => ({
    name: `Phase ${phase}`,
    tasks: numbers(size.tasks).map((task) => `Write file ${task} of phase ${phase}`),
  }));
  // Both products know their workflows by slug, and run in one namespace.
  const slug = (project: string) => (name === 'product' ? project : `${name}-${project}`);
  return {
    name,
    worker,
    start: (project) =>
      client.workflow.start('projectWorkflow', {
        taskQueue: hostId,
        workflowId: projectWorkflowId(slug(project)),
        args: [
          {
            name: slug(project),
            slug: slug(project),
            repository,
            phases,
            checks: ['true'],
            notify: [],
            approval: { phases: approval, project: approval },
          },
        ],
      }),
    gatekeeper: (project) => client.workflow.getHandle(phaseWorkflowId(slug(project), 1)),
    settled: (project) => untilGate(client.workflow.getHandle(projectWorkflowId(slug(project)))),
  };
}

/** Bare workflows of the product's shape. */
export async function startShapeFloor(options: SideOptions & { readonly shape: Shape }): Promise<Side> {
  const { client, shape } = options;
  const taskQueue = `bench-${process.pid}-shape`;
  const worker = await startWorkerProcess({ ...common(options), kind: 'shape', taskQueue });
  return {
    name: 'shape',
    worker,
    start: (name) =>
      client.workflow.start('floorWorkflow', { taskQueue, workflowId: `shape.${name}`, args: [shape] }),
    gatekeeper: (name) => client.workflow.getHandle(`shape.${name}.1`),
    settled: (name) => client.workflow.getHandle(`shape.${name}`).result(),
  };
}

/** The cheapest program that keeps the promises. */
export async function startProgramFloor(
  options: SideOptions & { readonly repository: string },
): Promise<Side> {
  const { client, size, gated, folder, repository } = options;
  mkdirSync(folder, { recursive: true });
  const taskQueue = `bench-${process.pid}-program-${gated ? 'gated' : 'plain'}`;
  const worker = await startWorkerProcess({
    ...common(options),
    kind: 'program',
    taskQueue,
    remote: repository,
  });
  const handle = (name: string) => client.workflow.getHandle(`program.${name}`);
  return {
    name: 'program',
    worker,
    start: (name) =>
      client.workflow.start('programWorkflow', {
        taskQueue,
        workflowId: `program.${name}`,
        args: [{ project: name, ...size, gated } satisfies ProgramInput],
      }),
    gatekeeper: handle,
    settled: (name) => untilGate(handle(name), 'project'),
  };
}

const common = ({ address, bundle, folder, checkout }: SideOptions) => ({
  address,
  bundle,
  folder,
  checkout,
});

/** The named gate, or whichever. Throws after five minutes. */
export async function untilGate(workflow: WorkflowHandle, wanted?: string): Promise<void> {
  for (let last: unknown, deadline = Date.now() + 300_000; ; await sleep(50)) {
    try {
      const { gate } = await workflow.query<{ readonly gate: unknown }>('status');
      if (gate !== null && (wanted === undefined || gate === wanted)) return;
      last = gate;
    } catch (error) {
      last = error; // not started yet
    }
    if (Date.now() > deadline)
      throw new Error(
        `${workflow.workflowId} did not reach its gate within five minutes: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
      );
  }
}
