/** Prompts, results and logs of every attempt, read on the host that has them. */
import { nameAndCount } from '../domain/names/artifacts.ts';
import { PhasewrightError } from './errors.ts';
import { inspect } from './inspect.ts';
import { findRecord, type ProjectRecord } from './records.ts';
import type { ClientContext } from './context.ts';
import { lookLive } from './status.ts';

export interface ArtifactRef {
  /** `<owner>/<phase>/<task>/<attempt>/<name>`; a standalone task has phase 0, task 1. */
  readonly id: string;
  readonly phase: number;
  readonly task: number;
  readonly attempt: number;
  readonly name: string;
}

export interface ArtifactText {
  readonly artifact: ArtifactRef;
  readonly text: string;
  readonly truncated: boolean;
}

export interface LogOptions {
  /** Default: the attempt that wrote last. */
  readonly phase?: number | undefined;
  readonly task?: number | undefined;
  readonly attempt?: number | undefined;
  /** Default `log`; also `prompt.md`, `result.json`, … Of several of a kind the last; `prompt.1.md` is the first. */
  readonly name?: string | undefined;
}

export const MAX_ARTIFACT_BYTES = 1024 * 1024;

export async function listArtifacts(context: ClientContext, slug: string): Promise<readonly ArtifactRef[]> {
  const record = await findRecord(context, slug);
  return list(context, record, await hostOf(context, record));
}

async function list(
  context: ClientContext,
  record: ProjectRecord,
  host: string,
): Promise<readonly ArtifactRef[]> {
  const owner = record.kind === 'project' ? record.slug : record.workflowId;
  const ids = await inspect<'artifacts'>(context, `list the artifacts of '${record.slug}'`, {
    kind: 'artifacts',
    host,
    prefix: owner,
  });
  return ids
    .map(parseArtifact)
    .filter((each) => each !== undefined)
    .toSorted(inOrder);
}

async function hostOf(context: ClientContext, record: ProjectRecord): Promise<string> {
  const { workspace } = await lookLive(context, record);
  if (workspace !== null) return workspace.host;
  throw new PhasewrightError(
    'NotWaiting',
    `'${record.slug}' has not been planned yet: there is nothing to read.`,
  );
}

/** The last attempt's log, or the one that is asked for. */
export async function readLog(
  context: ClientContext,
  slug: string,
  options: LogOptions = {},
): Promise<ArtifactText> {
  const record = await findRecord(context, slug);
  const host = await hostOf(context, record);
  const all = await list(context, record, host);
  const artifact = chooseArtifact(all, options);
  if (artifact === undefined) {
    const names = [
      ...new Set(all.map(({ phase, task, attempt, name }) => `${phase}.${task} attempt ${attempt} ${name}`)),
    ];
    throw new PhasewrightError(
      'ProjectNotFound',
      `'${record.slug}' has no such artifact. ${names.length === 0 ? 'No attempt has written anything yet.' : `There are: ${names.slice(-20).join('; ')}.`}`,
    );
  }
  const read = await inspect<'artifact'>(context, `read '${artifact.id}'`, {
    kind: 'artifact',
    host,
    artifact: artifact.id,
    maxBytes: MAX_ARTIFACT_BYTES,
  });
  if (read === null)
    throw new PhasewrightError('ProjectNotFound', `'${artifact.id}' is gone from host ${host}.`);
  return { artifact, ...read };
}

export function parseArtifact(id: string): ArtifactRef | undefined {
  const [, phase, task, attempt, name] = /^[^/]+\/(\d+)\/(\d+)\/(\d+)\/(.+)$/.exec(id) ?? [];
  return name === undefined
    ? undefined
    : { id, phase: Number(phase), task: Number(task), attempt: Number(attempt), name };
}

export function chooseArtifact(
  all: readonly ArtifactRef[],
  { phase, task, attempt, name = 'log' }: LogOptions,
): ArtifactRef | undefined {
  const fits = (each: ArtifactRef) =>
    (phase === undefined || each.phase === phase) &&
    (task === undefined || each.task === task) &&
    (attempt === undefined || each.attempt === attempt);
  const fitting = all.filter(fits).toSorted(inOrder);
  const asked = nameAndCount(name);
  const isAsked = (each: ArtifactRef) => {
    const { name: kind, count } = nameAndCount(each.name);
    return kind === asked.name && (asked.count === null || asked.count === (count ?? 1));
  };
  return (
    fitting.findLast(isAsked) ??
    fitting.findLast(
      (each) =>
        each.name.startsWith(`${name}.`) || each.name.endsWith(`.${name}`) || each.name.includes(name),
    )
  );
}

function inOrder(a: ArtifactRef, b: ArtifactRef): number {
  const [x, y] = [nameAndCount(a.name), nameAndCount(b.name)];
  const ofAttempt = a.phase - b.phase || a.task - b.task || a.attempt - b.attempt;
  if (ofAttempt !== 0) return ofAttempt;
  return x.name === y.name ? (x.count ?? 1) - (y.count ?? 1) : x.name < y.name ? -1 : 1;
}
