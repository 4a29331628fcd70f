/** What was measured, as tables for people and as one object for machines. */
import type { Gates } from './gates.ts';
import { workflowsOf } from './histories.ts';
import { partsOf, reactionLegs } from './parts.ts';
import { countActivities, countSignals, countWorkflows } from './shape.ts';
import { median, quantile, range, round, sum, table } from './statistics.ts';
import type { WholeProjects } from './whole-projects.ts';

export interface Ratio {
  readonly what: string;
  readonly unit: string;
  readonly product: number;
  readonly floor: number;
  readonly ratio: number;
}

/** The figures of the last section of the output, each beside its own floor. */
export function ratios(
  whole: WholeProjects,
  gates: { readonly product: Gates; readonly floor: Gates },
): readonly Ratio[] {
  const row = (what: string, unit: string, product: number, floor: number): Ratio => ({
    what,
    unit,
    product: round(product),
    floor: round(floor),
    ratio: round(product / floor),
  });
  const treeSum = (
    runs: readonly { readonly tree: WholeProjects['floor'][number]['tree'] }[],
    key: 'events' | 'bytes',
  ) => median(runs.map(({ tree }) => sum(workflowsOf(tree).map((workflow) => workflow[key]))));
  const gitCount = median(whole.product.map(({ git }) => git.length));
  const floorGitMs = median(whole.floorGit.map((runs) => sum(runs.map(({ ms }) => ms))));
  const floorMs = median(whole.floor.map(({ ms }) => ms));
  const latency = (kind: 'updates' | 'signals', q: number) =>
    row(
      `${kind === 'updates' ? 'update' : 'signal'} → next activity, p${q * 100}`,
      'ms',
      quantile(
        gates.product[kind].map(({ ms }) => ms),
        q,
      ),
      quantile(
        gates.floor[kind].map(({ ms }) => ms),
        q,
      ),
    );
  return [
    row('wall time of a project', 'ms', median(whole.product.map(({ ms }) => ms)), floorMs + floorGitMs),
    row('events per project', '', treeSum(whole.product, 'events'), treeSum(whole.floor, 'events')),
    row('history bytes per project', '', treeSum(whole.product, 'bytes'), treeSum(whole.floor, 'bytes')),
    row('git commands per project', '', gitCount, median(whole.floorGit.map((runs) => runs.length))),
    row(
      'time in git per project',
      'ms',
      median(whole.product.map(({ git }) => sum(git.map(({ ms }) => ms)))),
      floorGitMs,
    ),
    ...[0.5, 0.99].flatMap((q) => [latency('updates', q), latency('signals', q)]),
    row(
      'worker memory per project at a gate',
      'KiB',
      gates.product.bytesPerProject / 1024,
      gates.floor.bytesPerProject / 1024,
    ),
  ];
}

export function text(
  whole: WholeProjects,
  gates: { readonly product: Gates; readonly floor: Gates },
): string {
  const split = partsOf(whole);
  const legs = { product: reactionLegs(gates.product), floor: reactionLegs(gates.floor) };
  const { shape } = whole;
  const gitMs = (runs: readonly { readonly ms: number }[]) => sum(runs.map(({ ms }) => ms));
  const megabytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`;
  return [
    `\n## Product beside its floor\nShape: ${countWorkflows(shape)} workflows, ${countActivities(shape)} activities, ${countSignals(shape)} signals between workflows, the same on both sides.\n`,
    table(
      ['what', 'unit', 'product', 'floor', 'ratio'],
      ratios(whole, gates).map(({ what, unit, product, floor, ratio }) => [
        what,
        unit,
        product,
        floor,
        ratio,
      ]),
    ),
    `\nWall time: product ${range(
      whole.product.map(({ ms }) => ms),
      'ms',
    )}; floor workflows ${range(
      whole.floor.map(({ ms }) => ms),
      'ms',
    )}, floor git ${range(whole.floorGit.map(gitMs), 'ms')}.`,
    `Worker memory with 1 and with all projects at a gate: product ${megabytes(gates.product.rssBefore)} and ${megabytes(gates.product.rssAll)}, floor ${megabytes(gates.floor.rssBefore)} and ${megabytes(gates.floor.rssAll)}.`,
    '\n## From a decision to the next activity, medians\n',
    table(
      ['leg', 'product ms', 'floor ms'],
      (Object.keys(legs.product) as (keyof typeof legs.product)[]).map((leg) => [
        leg,
        legs.product[leg],
        legs.floor[leg],
      ]),
    ),
    `\n## Where the product's ${Math.round(split.wallMs)} ms go\n`,
    table(
      ['part', 'ms', '%'],
      split.split.map(({ part, ms }) => [part, ms, (100 * ms) / split.wallMs]),
    ),
    '\n## Activities\n',
    table(
      ['activity', 'times', 'ms', 'waited ms', 'git ms', 'git commands', 'which'],
      split.byActivity.map((each) => [
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
      split.verbs.map(({ verb, count, ms }) => [verb, count, ms]),
    ),
  ].join('\n');
}
