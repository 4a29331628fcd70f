/** What was measured, as tables for people, ready for docs/benchmarks.md, and as one line for machines. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import type { CommandStart } from './command-start.ts';
import { compare, type Comparison, type Measured, ratio } from './comparison.ts';
import type { Options } from './options.ts';
import { partsOf, reactionLegs } from './parts.ts';
import { gitVersion } from './repository.ts';
import { countActivities, countSignals, countWorkflows } from './shape.ts';
import type { SideName } from './side.ts';
import { range, round, table } from './statistics.ts';

export interface Everything extends Measured {
  readonly options: Options;
  readonly commands: Readonly<Partial<Record<SideName, readonly CommandStart[]>>>;
  readonly seconds: number;
}

const titles: Readonly<Record<SideName, string>> = {
  before: 'before',
  product: 'product',
  program: 'program floor',
  shape: 'shape floor',
};

export function report(everything: Everything): string {
  const { options, whole, seconds } = everything;
  const rows = compare(everything);
  const parts = partsOf(whole);
  const legs = legsOf(everything);
  const machine = machineOf();
  const { shape } = whole;
  return [
    `\n## Comparison\n\nThe product's shape: ${countWorkflows(shape)} workflows, ${countActivities(shape)} activities, ${countSignals(shape)} signals between workflows. The shape floor has the same.\n`,
    comparisonTable(rows),
    ...spread(everything),
    ...commandTable(everything.commands),
    '\n## From a decision to the next activity, medians\n',
    table(['leg', ...legs.sides.map((side) => `${titles[side]} ms`)], legs.rows),
    `\n## Where the product's ${Math.round(parts.wallMs)} ms go\n`,
    table(
      ['part', 'ms', '%'],
      parts.split.map(({ part, ms }) => [part, ms, (100 * ms) / parts.wallMs]),
    ),
    '\n## Activities\n',
    table(
      ['activity', 'times', 'ms', 'waited ms', 'git ms', 'git commands', 'which'],
      parts.byActivity.map((each) => [
        each.name,
        each.count,
        each.ms,
        each.waitMs,
        each.gitMs,
        each.gitCommands,
        Object.entries(each.verbs)
          .map(([verb, count]) => `${count} ${verb}`)
          .join(', '),
      ]),
    ),
    '\n## Git commands\n',
    table(
      ['verb', 'times', 'ms'],
      parts.verbs.map(({ verb, count, ms }) => [verb, count, ms]),
    ),
    `\nMachine: ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB, Node ${machine.node}, git ${machine.git}, load at the end ${machine.load.join(' ')}. ${Math.round(seconds)} s.\n`,
    json({
      ...{ bench: 'phasewright', schema: 2, options, machine, rows, parts },
      ...{ commands: everything.commands, seconds: Math.round(seconds) },
    }),
  ].join('\n');
}

function comparisonTable(rows: readonly Comparison[]): string {
  const before = rows.some(({ values }) => values.before !== undefined);
  const sides: readonly SideName[] = [...(before ? ['before' as const] : []), 'product', 'program', 'shape'];
  const over = ([side, floor]: readonly [SideName, SideName]) => `${titles[side]} ÷ ${titles[floor]}`;
  const pairs: readonly (readonly [SideName, SideName])[] = [
    ...(before ? [['before', 'program'] as const] : []),
    ['product', 'program'],
    ['product', 'shape'],
  ];
  return table(
    ['what', 'unit', ...sides.map((side) => titles[side]), ...pairs.map(over)],
    rows.map((row) => [
      row.what,
      row.unit,
      ...sides.map((side) => row.values[side] ?? ''),
      ...pairs.map(([side, floor]) => ratio(row, side, floor) ?? ''),
    ]),
  );
}

/** How far the runs lie apart, and what the workers held in all. */
function spread({ whole, gates }: Measured): readonly string[] {
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
  const walls = sidesOf(whole.runs).map(([side, runs]) => {
    const took = range(
      runs.map(({ ms }) => ms),
      'ms',
    );
    return `${titles[side]} ${took}`;
  });
  const held = sidesOf(gates).map(([side, { memoryOfOne, memoryOfAll, waiting }]) => {
    const [one, all] = [memoryOfOne.resident, memoryOfAll.resident].map(mebibytes);
    return `${titles[side]} ${one} and ${all} (${waiting})`;
  });
  return [
    `\nWall time of the runs: ${walls.join('; ')}.`,
    `Resident memory of the worker with one and with all projects at their gate: ${held.join('; ')}.`,
  ];
}

const sidesOf = <Value>(sides: Readonly<Partial<Record<SideName, Value>>>) =>
  Object.entries(sides) as unknown as readonly (readonly [SideName, Value])[];

function commandTable(commands: Everything['commands']): readonly string[] {
  const rows = Object.entries(commands).flatMap(([side, starts]) =>
    starts.map(({ node, command, cpu, wall }) => [titles[side as SideName], node, command, cpu, wall]),
  );
  if (rows.length === 0) return [];
  return ['\n## The installed command\n', table(['which', 'Node', 'command', 'CPU s', 'wall s'], rows)];
}

function legsOf({ gates }: Measured) {
  const sides = (['before', 'product', 'program', 'shape'] as const).filter(
    (side) => gates[side] !== undefined,
  );
  const legs = sides.map((side) => (gates[side] === undefined ? undefined : reactionLegs(gates[side])));
  const names = Object.keys(legs[0] ?? {}) as (keyof ReturnType<typeof reactionLegs>)[];
  return { sides, rows: names.map((name) => [name, ...legs.map((each) => each?.[name] ?? '')]) };
}

const machineOf = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  git: gitVersion(),
  load: loadavg().map((load) => Number(load.toFixed(2))),
});

const json = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'number' ? round(each) : each));
