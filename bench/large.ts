/** Projects on a large repository beside the bare git commands of such a project, in turn: what git costs, and who waits for it. */
import { mkdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { packageRoot } from '../temporal/package-root.ts';
import { type GitFloor, openGitFloor } from './git-floor.ts';
import { activitiesOf, readTree } from './histories.ts';
import { type LargeRepository, largeRepositories, makeLargeRepository } from './large-repository.ts';
import { ownCpuMs } from './processor-time.ts';
import { type Side, type Size, startProduct } from './side.ts';
import { median, numbers, round, sum, table } from './statistics.ts';
import type { GitUse } from './worker.ts';

export interface LargeOptions {
  readonly client: Client;
  readonly address: string;
  readonly folder: string;
  /** File of the product's bundled workflows. */
  readonly bundle: string;
  readonly repository: LargeRepository;
  readonly size: Size;
  readonly reps: number;
  readonly say: (line: string) => void;
  /** Stopped in any case. */
  readonly opened: Set<Side>;
}

/** Of one project. */
interface LargeRun {
  readonly ms: number;
  readonly git: readonly GitUse[];
  /** Of the worker itself. */
  readonly workerCpuMs: number;
  /** From the start of the project to the start of its first agent. */
  readonly firstAgentMs: number;
  readonly closeMs: number;
}

/** Commands between the start of a task and its landing. */
const ofTasks = new Set(['prepareWorktree', 'runSetup', 'runAgent', 'commitCandidate', 'runChecks', 'land']);
/** The same of the floor, whose commands have no activity. */
const verbsOfTasks = new Set(['add', 'commit', 'push']);

export async function measureLarge(options: LargeOptions): Promise<string> {
  const { repository: name, size, reps, say, folder: home } = options;
  say(`Making a repository: ${largeRepositories[name].what}.`);
  const remotes = await Promise.all(
    ['product', 'floor'].map((side) => {
      mkdirSync(join(home, side));
      return makeLargeRepository(join(home, side), name);
    }),
  );
  const [repository = '', floorRemote = ''] = remotes;
  const side = await startProduct('product', {
    ...options,
    checkout: packageRoot(),
    folder: join(home, 'data'),
    repository,
    gated: false,
  });
  options.opened.add(side);
  const floor = await openGitFloor(join(home, 'floor'), floorRemote);
  const product: LargeRun[] = [];
  const bare: LargeRun[] = [];
  for (const rep of numbers(reps + 1)) {
    const project = `${name}-${rep}`;
    product.push(await carryOut(options.client, side, project));
    bare.push(await carryOutBare(floor, project, size));
    say(
      `Project ${rep} of ${reps + 1}${rep === 1 ? ' (cold)' : ''}: ${shortly(product, size)}; bare git ${shortly(bare, size)}.`,
    );
  }
  await side.worker.stop();
  return reportOf(options, product, bare);
}

async function carryOut(client: Client, side: Side, project: string): Promise<LargeRun> {
  await side.worker.git();
  const before = ownCpuMs(side.worker.pid);
  const [began, startedAt] = [performance.now(), Date.now()];
  const handle = await side.start(project);
  await handle.result();
  const ms = performance.now() - began;
  const workerCpuMs = ownCpuMs(side.worker.pid) - before;
  const activities = activitiesOf(await readTree(client, handle.workflowId));
  const of = (wanted: string) => activities.filter((each) => each.name === wanted);
  return {
    ms,
    workerCpuMs,
    git: await side.worker.git(),
    firstAgentMs: Math.min(...of('runAgent').map(({ started }) => started)) - startedAt,
    closeMs: sum(of('closeWorkspace').map(({ started, closed }) => closed - started)),
  };
}

async function carryOutBare(floor: GitFloor, project: string, size: Size): Promise<LargeRun> {
  const git = await floor(project, size);
  const upTo = git.findIndex(({ verb }) => verb === 'add');
  return {
    ms: sum(git.map(({ ms }) => ms)),
    workerCpuMs: 0,
    git,
    firstAgentMs: sum(git.slice(0, upTo).map(({ ms }) => ms)),
    closeMs: git.at(-1)?.ms ?? Number.NaN,
  };
}

const cpuOf = (git: readonly GitUse[]): number => sum(git.map(({ cpuMs }) => cpuMs));
const inTasks = ({ git }: LargeRun): readonly GitUse[] =>
  git.filter(({ activity, verb }) => (activity === '' ? verbsOfTasks.has(verb) : ofTasks.has(activity)));

const figures: readonly (readonly [what: string, read: (run: LargeRun, tasks: number) => number])[] = [
  ['wall time of a project, ms', ({ ms }) => ms],
  ['git commands', ({ git }) => git.length],
  ['time in git, ms', ({ git }) => sum(git.map(({ ms }) => ms))],
  ['git CPU of a project, ms', ({ git }) => cpuOf(git)],
  ['git CPU of a project ÷ tasks, ms', ({ git }, tasks) => cpuOf(git) / tasks],
  ['git CPU of a task’s own commands, ms', (run, tasks) => cpuOf(inTasks(run)) / tasks],
  ['CPU of the worker itself, ms', ({ workerCpuMs }) => workerCpuMs],
  ['start → first agent, ms', ({ firstAgentMs }) => firstAgentMs],
  ['closing the workspace, ms', ({ closeMs }) => closeMs],
];

const shortly = (runs: readonly LargeRun[], { phases, tasks }: Size): string => {
  const run = runs.at(-1);
  if (run === undefined) return '';
  const cpu = cpuOf(run.git) / (phases * tasks);
  return `${(run.ms / 1000).toFixed(1)} s, git CPU ${Math.round(cpu)} ms a task, first agent ${Math.round(run.firstAgentMs)} ms, close ${Math.round(run.closeMs)} ms`;
};

/** The first project found nothing of the repository on the host; the figures of the others are medians. */
function reportOf(
  { repository, size: { phases, tasks }, reps }: LargeOptions,
  product: readonly LargeRun[],
  bare: readonly LargeRun[],
): string {
  const rows = figures.map(([what, read]) => {
    const value = (run: LargeRun) => read(run, phases * tasks);
    const [cold, warm] = [product.slice(0, 1), product.slice(1)].map((runs) => median(runs.map(value)));
    const least = median(bare.slice(1).map(value));
    return [what, cold ?? 0, warm ?? 0, least, least === 0 ? '' : round((warm ?? 0) / least)];
  });
  const byCommand = commandsOf(product.slice(1), phases * tasks);
  return [
    `\n## ${largeRepositories[repository].what}\n`,
    `${phases} phases of ${tasks} tasks, the check \`true\`; ${reps} warm projects after a cold one. Load at the end ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}.\n`,
    table(['what', 'product, cold', 'product, warm', 'bare git, warm', 'product ÷ bare'], rows),
    '\nGit commands of a warm project, CPU per task:\n',
    table(['activity', 'verb', 'times', 'ms', 'CPU ms per task'], byCommand),
  ].join('\n');
}

function commandsOf(runs: readonly LargeRun[], tasks: number): readonly (readonly (string | number)[])[] {
  const uses = runs.flatMap(({ git }) => git);
  const keys = [...new Set(uses.map(({ activity, verb }) => `${activity} ${verb}`))];
  return keys
    .map((key) => {
      const mine = uses.filter(({ activity, verb }) => `${activity} ${verb}` === key);
      const [activity = '', verb = ''] = key.split(' ');
      const ms = sum(mine.map((use) => use.ms)) / runs.length;
      return [activity, verb, mine.length / runs.length, ms, cpuOf(mine) / runs.length / tasks] as const;
    })
    .sort((one, other) => other[4] - one[4])
    .slice(0, 20);
}
