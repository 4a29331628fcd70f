/** Every place where a worker can be killed: made from the activities and from the fault points in the code. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../temporal/package-root.ts';
import { type ActivityName, metIn, type Scenario, type ScenarioName, scenarios } from './crash-scenarios.ts';

/** One project, and the faults that fall on it. */
export interface Row {
  readonly title: string;
  readonly scenario: ScenarioName;
  /** `activity:point` */
  readonly faults: readonly string[];
}

/** They take longer than the second between two heartbeats. */
const longWork: readonly string[] = ['runAgent', 'runSetup', 'runChecks', 'awaitLanded'];
const effects = activitiesWithEffect();

/** `before` and `result` are everywhere; `effect` where something is changed; `heartbeat` where there is time for one. */
export const allFaults: readonly string[] = Object.keys(metIn).flatMap((activity) =>
  [
    'before',
    ...(longWork.includes(activity) ? ['heartbeat'] : []),
    ...(effects.has(activity) ? ['effect'] : []),
    'result',
  ].map((point) => `${activity}:${point}`),
);

/** The outcome is unknown, or work is under way; and a landing that has not begun. */
export const isWorst = (fault: string): boolean =>
  /:(effect|heartbeat)$/.test(fault) || ['land:before', 'mergePullRequest:before'].includes(fault);

/** Faults of the same scenario share projects, a few each. */
export function rowsOf(faults: readonly string[]): readonly Row[] {
  return Object.entries(scenarios as Readonly<Record<string, Scenario>>).flatMap(([name, { atOnce }]) => {
    const met = faults.filter((fault) => metIn[fault.split(':')[0] as ActivityName] === name);
    return Array.from({ length: Math.ceil(met.length / atOnce) }, (_each, index): Row => {
      const share = met.slice(index * atOnce, (index + 1) * atOnce);
      return { title: share.join(', '), scenario: name as ScenarioName, faults: share };
    });
  });
}

function activitiesWithEffect(): ReadonlySet<string> {
  const root = join(packageRoot(), 'activities');
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return new Set(
    sources.flatMap((path) =>
      [...readFileSync(join(root, path), 'utf8').matchAll(/faultPoint\('(\w+)', 'effect'\)/g)].map(
        ([, name]) => name ?? '',
      ),
    ),
  );
}
