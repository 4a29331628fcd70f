/** Pull requests of a project: one per head and base, opened, kept up to date, merged or closed; each safe to repeat. */
import { explain, isTriedForever, longestPauseMs } from '../../domain/failure.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { defineActivity, withElapsed } from '../support/define-activity.ts';
import { PortError } from '../support/errors.ts';
import { faultPoint } from '../support/fault-points.ts';
import { closePullRequest } from './close.ts';
import type { CodeHostActivities } from './contract.ts';
import { type EnsureParts, ensurePullRequest } from './ensure.ts';
import { lookAt } from './look.ts';
import { type MergeParts, mergePullRequest } from './merge.ts';
import type { CodeHost } from './port.ts';
import { publishGate } from './publish-gate.ts';
import { findRenamedBase } from './renamed-base.ts';

export interface CodeHostActivitiesOptions {
  /** Throws `NoCodeHost` for a repository whose host is not configured. */
  readonly hostFor: (repository: RepositoryRef) => CodeHost;
  readonly git: MergeParts['git'] & EnsureParts['git'];
  /** Between two looks at a pull request that waits. Default: a minute. */
  readonly pollMs?: number;
}

export function createCodeHostActivities(options: CodeHostActivitiesOptions): CodeHostActivities {
  const { git, pollMs = 60_000 } = options;
  const hostFor = credentialAwaited(options.hostFor);
  return {
    ensurePullRequest: defineActivity('ensurePullRequest', (request) =>
      ensurePullRequest({ host: hostFor(request.workspace.repository), git }, request),
    ),

    /** Safe to repeat: sets the texts to what is asked. */
    updatePullRequest: defineActivity('updatePullRequest', async ({ workspace, number, title, body }) => {
      const { repository } = workspace;
      await hostFor(repository).updatePullRequest({ repository, number, title, body });
      await faultPoint('updatePullRequest', 'effect');
    }),

    mergePullRequest: defineActivity(
      'mergePullRequest',
      withElapsed((request, { attempt }) =>
        mergePullRequest({ host: hostFor(request.workspace.repository), git, attempt }, request),
      ),
    ),

    closePullRequest: defineActivity('closePullRequest', (request) =>
      closePullRequest(hostFor(request.workspace.repository), request),
    ),

    /** Safe to repeat: merged stays merged. */
    recordMerged: defineActivity('recordMerged', async ({ workspace, number, sha }) => {
      const { repository } = workspace;
      await hostFor(repository).recordMerged({ repository, number, sha });
      await faultPoint('recordMerged', 'effect');
    }),

    /** Safe to repeat: only reads. */
    readPullRequest: defineActivity('readPullRequest', (request) =>
      lookAt(hostFor(request.workspace.repository), request),
    ),

    /** Safe to repeat: only reads. Each try is one look; the server keeps the time until the next one. */
    awaitPullRequestChange: defineActivity('awaitPullRequestChange', async ({ seen, calm, ...request }) => {
      const look = await lookAt(hostFor(request.workspace.repository), request).catch(untilMended);
      if (look.digest !== seen) return look;
      const retryAfterMs = calm === true ? 2 * pollMs : pollMs;
      const text = `Nothing new on #${request.number}; the next look is in ${Math.round(retryAfterMs / 1_000)} s.`;
      throw new PortError('NothingNew', text, { retryAfterMs });
    }),

    findRenamedBase: defineActivity('findRenamedBase', (request) =>
      findRenamedBase({ host: hostFor(request.workspace.repository), git }, request),
    ),

    publishGate: defineActivity('publishGate', (request) =>
      publishGate(hostFor(request.workspace.repository), request),
    ),
  };
}

/** A project began with its code host: a worker that was started without it is started again by people. */
const credentialAwaited =
  (hostFor: CodeHostActivitiesOptions['hostFor']): CodeHostActivitiesOptions['hostFor'] =>
  (repository) => {
    try {
      return hostFor(repository);
    } catch (error) {
      if (!(error instanceof PortError) || error.code !== 'NoCodeHost') throw error;
      const text = `${endSentence(error.message)} Start the worker again with that; the work then goes on by itself.`;
      throw new PortError('AccessRefused', text, { cause: error });
    }
  };

/** Whatever keeps a look from working may be mended: a watched pull request is never given up. */
function untilMended(error: unknown): never {
  if (!(error instanceof PortError) || isTriedForever(error.code)) throw error;
  throw new PortError('CodeHostUnavailable', explain(error.code, error.message), {
    retryAfterMs: longestPauseMs,
    cause: error,
  });
}
