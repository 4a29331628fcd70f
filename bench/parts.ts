/** What a figure is made of: where the wall time of a project goes, and the stations of a decision. */
import type { Gates } from './gates.ts';
import { activitiesOf } from './histories.ts';
import { median, sum } from './statistics.ts';
import type { WholeProjects } from './whole-projects.ts';

/** Of the median run; the parts of the split add up to its wall time. */
export function partsOf(whole: WholeProjects) {
  const runs = [...(whole.runs.product ?? [])].sort((a, b) => a.ms - b.ms);
  const run = runs[Math.floor((runs.length - 1) / 2)];
  if (run === undefined) throw new Error('No project was measured.');
  const activities = activitiesOf(run.tree);
  const names = [...new Set(activities.map(({ name }) => name))];
  const byActivity = names.map((name) => {
    const mine = activities.filter((each) => each.name === name);
    const git = run.git.filter(({ activity }) => activity === name);
    return {
      name,
      count: mine.length,
      waitMs: sum(mine.map(({ scheduled, started }) => started - scheduled)),
      ms: sum(mine.map(({ started, closed }) => closed - started)),
      gitCommands: git.length,
      gitMs: sum(git.map(({ ms }) => ms)),
      verbs: Object.fromEntries(countBy(git.map(({ verb }) => verb))),
    };
  });
  const inside = (...wanted: readonly string[]) =>
    sum(byActivity.filter(({ name }) => wanted.includes(name)).map(({ ms, gitMs }) => ms - gitMs));
  const all = sum(byActivity.map(({ ms }) => ms));
  const git = sum(byActivity.map(({ gitMs }) => gitMs));
  const agents = inside('runAgent');
  const checks = inside('commitCandidate', 'runChecks', 'runSetup');
  const waiting = sum(byActivity.map(({ waitMs }) => waitMs));
  const verbs = [...countBy(run.git.map(({ verb }) => verb))].map(([verb, count]) => ({
    verb,
    count,
    ms: sum(run.git.filter((each) => each.verb === verb).map(({ ms }) => ms)),
  }));
  return {
    wallMs: run.ms,
    split: [
      { part: 'git processes', ms: git },
      { part: 'agents (recorded edits)', ms: agents },
      { part: 'checks, and the records of their commits', ms: checks },
      { part: 'the rest inside activities: files, locks, records', ms: all - git - agents - checks },
      { part: 'activities waiting for the worker', ms: waiting },
      { part: 'workflow tasks, child starts, the server', ms: run.ms - all - waiting },
    ],
    byActivity: byActivity.sort((a, b) => b.ms - a.ms),
    verbs: verbs.sort((a, b) => b.ms - a.ms),
  };
}

/** Median milliseconds of each leg from a decision to the next activity. */
export function reactionLegs({ updates, signals }: Gates) {
  const all = [...updates, ...signals];
  return {
    'until the server has the decision': median(all.map(({ arrivedMs }) => arrivedMs)),
    'until the workflow asks for the activity': median(all.map((each) => each.scheduledMs - each.arrivedMs)),
    'until a worker starts it': median(all.map((each) => each.ms - each.scheduledMs)),
  };
}

function countBy(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
