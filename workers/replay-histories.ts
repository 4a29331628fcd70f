/** Replaying recorded histories against a bundle of workflows: the check that a change of workflow code is compatible. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Worker } from '@temporalio/worker';
import { dataConverter } from '../temporal/data-converter.ts';

export interface RecordedHistory {
  readonly workflowId: string;
  /** Events, as a server sends them or as JSON. */
  readonly history: unknown;
}

export interface ReplayReport {
  readonly replayed: number;
  /** One sentence each, by workflow id. */
  readonly problems: readonly string[];
}

type Histories = Parameters<typeof Worker.runReplayHistories>[1];

/** Replays each against `bundle`; a history that fails does not keep the others from being replayed. */
export async function replayHistories(
  histories: Iterable<RecordedHistory> | AsyncIterable<RecordedHistory>,
  bundle: { readonly code: string } | { readonly codePath: string },
): Promise<ReplayReport> {
  const problems: string[] = [];
  let replayed = 0;
  const results = Worker.runReplayHistories(
    { workflowBundle: bundle, dataConverter },
    histories as Histories,
  );
  for await (const { workflowId, runId, error } of results) {
    replayed += 1;
    if (error === undefined) continue;
    problems.push(
      `${workflowId} (run ${runId}) no longer replays: ${oneLine(detailOf(error))} Guard the change with patched('NNNN-name'), see docs/architecture.md, or take it back.`,
    );
  }
  return { replayed, problems };
}

/** The history in a file, under the id of the workflow that it is of. Throws a sentence that names the file. */
export async function readHistory(path: string): Promise<RecordedHistory> {
  try {
    const history: unknown = JSON.parse(await readFile(path, 'utf8'));
    const events = (history as { readonly events?: unknown } | null)?.events;
    if (!Array.isArray(events) || events.length === 0) throw new Error("it has no list 'events'");
    const first = events[0] as Record<string, { readonly workflowId?: unknown } | undefined> | null;
    const id = first?.['workflowExecutionStartedEventAttributes']?.workflowId;
    return { workflowId: typeof id === 'string' && id !== '' ? id : basename(path, '.json'), history };
  } catch (error) {
    throw new Error(
      `${path} cannot be read as a history: ${sentence(error)} Write one with: temporal workflow show --workflow-id ID -o json`,
    );
  }
}

/** The SDK wraps the one sentence that tells something in a dump of its own structures. */
const detailOf = ({ message }: Error): string => /message: "((?:[^"\\]|\\.)+)"/.exec(message)?.[1] ?? message;
const oneLine = (text: string): string =>
  text
    .replace(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/(?<![.!?])$/, '.');
/** What an error says, on one line with a full stop. */
export const sentence = (error: unknown): string =>
  oneLine(error instanceof Error ? error.message : String(error));
