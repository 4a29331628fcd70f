/** What a phase that is begun again learns from the trailers of commits: what had landed unheard of. Pure. */
import type { PhaseTaskSummary } from './outcomes.ts';

interface LandedTask {
  readonly branch: string;
  readonly task: number;
  readonly sha: string;
}

/**
 * Tasks to record as done, oldest first: those that nobody knew of, and those whose commits a rebase had replaced. That one was ours
 * if all of them are on the phase's branch again. `found`: newest first on each branch, the phase's own branch before others.
 */
export function landedUnheardOf(
  finished: readonly Pick<PhaseTaskSummary, 'number' | 'status' | 'commit'>[],
  found: readonly LandedTask[],
  branch: string,
): LandedTask[] {
  const done = new Map(
    finished.filter(({ status }) => status === 'done').map(({ number, commit }) => [number, commit]),
  );
  const rebased = [...done].every(
    ([number, commit]) =>
      commit === null || found.some((each) => each.task === number && each.branch === branch),
  );
  return found
    .filter(({ task }, index) => found.findIndex((other) => other.task === task) === index)
    .filter(({ task, sha }) => !done.has(task) || (rebased && done.get(task) !== sha))
    .toReversed();
}
