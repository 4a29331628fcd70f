/** Every place where a worker can be killed: made from the activities and from the fault points in the code. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../temporal/package-root.ts';
import {
  type ActivityName,
  metIn,
  metOnCodeHost,
  type Scenario,
  type ScenarioName,
  scenarios,
} from './crash-scenarios.ts';

/** One project, and the faults that fall on it. */
export interface Row {
  readonly title: string;
  readonly scenario: ScenarioName;
  /** `activity:point` */
  readonly faults: readonly string[];
}

/** They take longer than the second between two heartbeats. */
const longWork: readonly string[] = ['runAgent', 'runSetup', 'commitCandidate', 'runChecks', 'awaitLanded'];
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
  /:(effect|heartbeat)$|^publishGate:/.test(fault) ||
  ['land:before', 'mergePullRequest:before'].includes(fault);

/** What is written on a code host, at every point. */
export const codeHostFaults: readonly string[] = allFaults.filter(
  (fault) => metOnCodeHost[activityOf(fault)] !== undefined,
);

/** Faults of the same scenario share projects, a few each. */
export function rowsOf(faults: readonly string[], met: typeof metOnCodeHost = metIn): readonly Row[] {
  return Object.entries(scenarios as Readonly<Record<string, Scenario>>).flatMap(
    ([name, { atOnce, rig }]) => {
      const here = faults.filter((fault) => met[activityOf(fault)] === name);
      return Array.from({ length: Math.ceil(here.length / atOnce) }, (_each, index): Row => {
        const share = here.slice(index * atOnce, (index + 1) * atOnce);
        const where = rig.codeHost === true ? ', on a code host' : '';
        return { title: `${share.join(', ')}${where}`, scenario: name as ScenarioName, faults: share };
      });
    },
  );
}

function activityOf(fault: string): ActivityName {
  return fault.split(':')[0] as ActivityName;
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
