/** Each figure for each side, the median of its runs. */
import { type Gates, perProject } from './gates.ts';
import { activitiesOf, workflowsOf } from './histories.ts';
import type { SideName } from './side.ts';
import { median, quantile, round, sum } from './statistics.ts';
import type { Run, WholeProjects } from './whole-projects.ts';
import type { Memory } from './worker.ts';

export interface Measured {
  readonly whole: WholeProjects;
  readonly gates: Readonly<Partial<Record<SideName, Gates>>>;
}

export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly values: Readonly<Partial<Record<SideName, number>>>;
}

const ofProjects: readonly (readonly [what: string, unit: string, read: (run: Run) => number])[] = [
  ['wall time of a project', 'ms', ({ ms }) => ms],
  ['activities per project', '', ({ tree }) => activitiesOf(tree).length],
  ['workflows per project', '', ({ tree }) => workflowsOf(tree).length],
  ['git commands per project', '', ({ git }) => git.length],
  ['time in git per project', 'ms', ({ git }) => sum(git.map(({ ms }) => ms))],
  ['events per project', '', ({ tree }) => sum(workflowsOf(tree).map(({ events }) => events))],
  ['history bytes per project', '', ({ tree }) => sum(workflowsOf(tree).map(({ bytes }) => bytes))],
];

const latency = (kind: 'updates' | 'signals', q: number) => (gates: Gates) =>
  quantile(
    gates[kind].map(({ ms }) => ms),
    q,
  );
const kibibytes = (what: keyof Memory) => (gates: Gates) => perProject(gates, what) / 1024;

const ofGates: readonly (readonly [what: string, unit: string, read: (gates: Gates) => number])[] = [
  ['update → next activity, p50', 'ms', latency('updates', 0.5)],
  ['signal → next activity, p50', 'ms', latency('signals', 0.5)],
  ['update → next activity, p99', 'ms', latency('updates', 0.99)],
  ['signal → next activity, p99', 'ms', latency('signals', 0.99)],
  ['live JavaScript of workflows per waiting project', 'KiB', kibibytes('workflows')],
  ['live JavaScript of activities per waiting project', 'KiB', kibibytes('activities')],
  ['resident memory per waiting project', 'KiB', kibibytes('resident')],
];

export function compare({ whole, gates }: Measured): readonly Comparison[] {
  return [
    ...ofProjects.map(([what, unit, read]) => ({
      what,
      unit,
      values: each(whole.runs, (runs) => median(runs.map(read))),
    })),
    ...ofGates.map(([what, unit, read]) => ({ what, unit, values: each(gates, read) })),
  ];
}

function each<Value>(
  sides: Readonly<Partial<Record<SideName, Value>>>,
  read: (value: Value) => number,
): Comparison['values'] {
  return Object.fromEntries(Object.entries(sides).map(([side, value]) => [side, round(read(value))]));
}

/** Undefined: one of the two was not measured. */
export function ratio({ values }: Comparison, side: SideName, floor: SideName): number | undefined {
  const [value, least] = [values[side], values[floor]];
  return value === undefined || least === undefined ? undefined : round(value / least);
}
