/** Commit statuses and check runs. */
import { emit } from '../events.ts';
import { checkRunBody, statusBody } from '../bodies/commits.ts';
import { resolveCommit } from '../git.ts';
import { Refusal } from '../refusal.ts';
import type { CheckRun, Repository, Status } from '../state.ts';
import type { World } from '../world.ts';

export interface NewStatus {
  readonly sha: string;
  readonly context?: string;
  readonly state: Status['state'];
  readonly description?: string | null;
  readonly targetUrl?: string | null;
}

export interface NewCheckRun {
  readonly sha: string;
  readonly name: string;
  readonly status?: CheckRun['status'];
  /** Makes the run completed. */
  readonly conclusion?: string | null;
  readonly title?: string | null;
  readonly summary?: string | null;
  readonly detailsUrl?: string | null;
  readonly externalId?: string | null;
}

export function createStatus(world: World, repository: Repository, by: string, status: NewStatus): Status {
  if (resolveCommit(repository.path, status.sha) === null)
    throw new Refusal(422, `No commit found for SHA: ${status.sha}`);
  if ((status.description ?? '').length > 140)
    throw new Refusal(422, 'Validation Failed', {
      errors: [
        {
          resource: 'Status',
          code: 'custom',
          message: 'description is too long (maximum is 140 characters)',
        },
      ],
    });
  const { sha, state, context = 'default', description = null, targetUrl = null } = status;
  const now = world.now();
  const made: Status = {
    id: world.nextId(),
    sha,
    state,
    context,
    description,
    targetUrl,
    creator: by,
    createdAt: now,
  };
  repository.statuses.push(made);
  world.effects.add('statusesCreated', {
    repository: repository.fullName,
    by,
    sha,
    id: made.id,
    what: `${context}: ${state}`,
  });
  const branches = [...repository.refs]
    .filter(([ref, tip]) => tip === sha && ref.startsWith('refs/heads/'))
    .map(([ref]) => ({ name: ref.replace('refs/heads/', ''), commit: { sha }, protected: false }));
  const { url, creator: _, avatar_url, ...told } = statusBody(world, repository, made);
  const payload = { ...told, sha, name: repository.fullName, avatar_url, commit: { sha, url }, branches };
  emit(world, repository, { event: 'status', action: null, by, payload });
  return made;
}

/** A later run of the same name and App stands for the earlier one. */
export function createCheckRun(world: World, repository: Repository, by: string, run: NewCheckRun): CheckRun {
  if (resolveCommit(repository.path, run.sha) === null)
    throw new Refusal(422, `No commit found for SHA: ${run.sha}`);
  const { conclusion = null } = run;
  const now = world.now();
  const made: CheckRun = {
    id: world.nextId(),
    sha: run.sha,
    name: run.name,
    status: conclusion === null ? (run.status ?? 'queued') : 'completed',
    conclusion,
    title: run.title ?? null,
    summary: run.summary ?? null,
    detailsUrl: run.detailsUrl ?? null,
    externalId: run.externalId ?? null,
    app: by.replace(/\[bot\]$/, ''),
    startedAt: now,
    completedAt: conclusion === null ? null : now,
  };
  repository.checkRuns.push(made);
  world.effects.add('checkRunsCreated', {
    repository: repository.fullName,
    by,
    sha: run.sha,
    id: made.id,
    what: `${run.name}: ${conclusion ?? made.status}`,
  });
  const payload = { check_run: checkRunBody(world, repository, made) };
  emit(world, repository, { event: 'check_run', action: 'created', by, payload });
  if (conclusion !== null) emit(world, repository, { event: 'check_run', action: 'completed', by, payload });
  return made;
}

/** Newest first. */
export const statusesOf = (repository: Repository, sha: string): readonly Status[] =>
  repository.statuses.filter((status) => status.sha === sha).toReversed();

export const latestStatuses = (repository: Repository, sha: string): readonly Status[] =>
  firstOf(statusesOf(repository, sha), ({ context }) => context);

export const checkRunsOf = (repository: Repository, sha: string): readonly CheckRun[] =>
  repository.checkRuns.filter((run) => run.sha === sha).toReversed();

export const latestCheckRuns = (repository: Repository, sha: string): readonly CheckRun[] =>
  firstOf(checkRunsOf(repository, sha), ({ app, name }) => `${app}/${name}`);

function firstOf<T>(newestFirst: readonly T[], key: (entry: T) => string): readonly T[] {
  const seen = new Set<string>();
  return newestFirst.filter((entry) => !seen.has(key(entry)) && seen.add(key(entry)));
}

/** Check runs and statuses together, by name. */
export function checkStates(
  repository: Repository,
  sha: string,
): ReadonlyMap<string, 'success' | 'pending' | 'failure'> {
  const passing = new Set(['success', 'neutral', 'skipped']);
  const ofRun = ({ conclusion }: CheckRun) =>
    conclusion === null ? 'pending' : passing.has(conclusion) ? 'success' : 'failure';
  return new Map([
    ...latestStatuses(repository, sha).map(
      ({ context, state }) => [context, state === 'error' ? 'failure' : state] as const,
    ),
    ...latestCheckRuns(repository, sha).map((run) => [run.name, ofRun(run)] as const),
  ]);
}
