/**
 * What the next run of a phase goes on from. A run that ends says it in its outcome; of a run that vanished the project has it from
 * reports. The next run takes up both in the same way: definitions, attempts and feedback stay, whatever happened to the run.
 */
import type { FailureReason } from '../failure.ts';
import { type Feedback, withFeedback } from '../model/briefing.ts';
import type { PhaseSpec, TaskSpec } from '../model/project.ts';
import type {
  EarlierAttempts,
  PhaseOutcome,
  PhaseProgress,
  PhaseTaskSummary,
  TaskOutcome,
} from './outcomes.ts';

/** What is done stays done; what was begun is to be finished. */
export function takeUp(before: PhaseOutcome | null): PhaseProgress {
  if (before === null) return { tasks: [], added: [], words: [], merge: null };
  const { tasks, added, words, merge } = before;
  return {
    tasks: tasks
      .filter(({ status, attempts, earlier }) => status === 'done' || attempts > 0 || earlier !== undefined)
      .map((task) => (task.status === 'done' ? task : unfinished(task))),
    added,
    words,
    merge,
  };
}

export const addedTo = (phase: PhaseSpec, tasks: readonly TaskSpec[]): readonly TaskSpec[] =>
  tasks.filter(({ number }) => !phase.tasks.some((planned) => planned.number === number));

export const unfinished = (task: PhaseTaskSummary): PhaseTaskSummary => ({
  ...task,
  status: 'incoming',
  reason: null,
  message: 'waits for its turn',
  commit: null,
});

export function recordOf(
  records: readonly PhaseTaskSummary[],
  { number, title }: TaskSpec,
): PhaseTaskSummary {
  const known = records.find((each) => each.number === number);
  return known ?? unfinished(newRecord(number, title));
}

const newRecord = (number: number, title: string): PhaseTaskSummary => ({
  number,
  title,
  status: 'incoming',
  reason: null,
  message: '',
  attempts: 0,
  commit: null,
  noop: false,
});

export const withRecord = (
  records: readonly PhaseTaskSummary[],
  record: PhaseTaskSummary,
): readonly PhaseTaskSummary[] => [...records.filter(({ number }) => number !== record.number), record];

export const earlierOf = ({ earlier, attempts }: PhaseTaskSummary): EarlierAttempts =>
  earlier ?? { attempts, feedback: [], candidate: null };

/** A task that runs has come this far: it goes on from there, however its run ends. */
export const wentOn = (record: PhaseTaskSummary, earlier: EarlierAttempts): PhaseTaskSummary => ({
  ...record,
  attempts: earlier.attempts,
  earlier,
});

/** The task is about to run, and hears what was asked for; what it says itself, or was told before, is not said twice. */
export function hears(
  record: PhaseTaskSummary,
  { description }: TaskSpec,
  words: readonly Feedback[],
): PhaseTaskSummary {
  const earlier = earlierOf(record);
  const known = [description, ...earlier.feedback.map(({ text }) => text)];
  const feedback = words.filter(({ text }) => !known.includes(text)).reduce(withFeedback, earlier.feedback);
  return wentOn(record, { ...earlier, feedback });
}

/** What a run of it that ended came to. */
export function summaryOf(outcome: TaskOutcome): PhaseTaskSummary {
  const { number, title, status, reason, message, attempts, commit, noop, agents = [], cost } = outcome;
  const summary = { number, title, status, reason, message, attempts, commit, noop, agents, cost };
  return outcome.earlier === null ? summary : { ...summary, earlier: outcome.earlier };
}

/** Its commit was there, although no run said so. */
export function foundLanded(record: PhaseTaskSummary, sha: string): PhaseTaskSummary {
  const { earlier: _earlier, ...rest } = record;
  const message = `had landed as ${sha.slice(0, 10)} when its run was lost`;
  return { ...rest, status: 'done', message, commit: sha };
}

/** Work that was called done and is no longer on the branch is to be done again. */
export const withoutCommits = (
  records: readonly PhaseTaskSummary[],
  missing: readonly string[],
): readonly PhaseTaskSummary[] =>
  records.map((record) =>
    record.commit !== null && missing.includes(record.commit) ? unfinished(record) : record,
  );

/** Attempts that left evidence count, also those of a run that didn't say so. */
export const withEvidence = (
  records: readonly PhaseTaskSummary[],
  tasks: readonly TaskSpec[],
  attempts: Readonly<Record<number, number>>,
): readonly PhaseTaskSummary[] =>
  tasks.reduce((known, task) => {
    const record = recordOf(known, task);
    const last = attempts[task.number] ?? 0;
    if (record.status === 'done' || last <= record.attempts) return known;
    return withRecord(known, wentOn(record, { ...earlierOf(record), attempts: last }));
  }, records);

/** Of each task of a phase that ended: what is not finished shares its fate. */
export const atEnd = (
  tasks: readonly TaskSpec[],
  records: readonly PhaseTaskSummary[],
  {
    status,
    reason,
    message,
  }: {
    readonly status: PhaseOutcome['status'];
    readonly reason: FailureReason | null;
    readonly message: string;
  },
): readonly PhaseTaskSummary[] =>
  tasks.map((task) => {
    const record = recordOf(records, task);
    if (record.status !== 'incoming') return record;
    return status === 'failed' || status === 'cancelled'
      ? { ...record, status, reason, message }
      : { ...record, reason, message };
  });
