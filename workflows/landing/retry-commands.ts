/** After a failure the pull request is listened to as well: `/retry` there, or a person putting right what stood in the way. */
import type { PullRequestSnapshot } from '../../domain/model/pull-request.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import { retryAfterFailure } from '../../domain/approval/review-commands.ts';
import type { MessageHandlers } from '../messaging/message-handlers.ts';
import { type PullRequestListener, isHosted, watchPullRequest } from './watch.ts';

export interface ListenedTo {
  readonly workspace: WorkspaceRef;
  /** Null: there is none to listen to. */
  readonly pullRequest: { readonly number: number } | null;
  readonly approvers: readonly string[];
  /** Set when it failed because somebody closed or retargeted the pull request: the base that it should go into. */
  readonly base: string | null;
  readonly handlers: MessageHandlers;
  readonly listener: PullRequestListener;
  /** Once or more often: the first one counts. */
  readonly retry: (by: string, feedback: string | null) => void;
}

/** Until `stop`. Whoever asks for a retry elsewhere does not wait for this. */
export function listenForRetry(on: ListenedTo): { stop(): void } {
  const { workspace, pullRequest, listener } = on;
  if (pullRequest === null || !isHosted(workspace)) return { stop: () => undefined };
  const { number } = pullRequest;
  let first: PullRequestSnapshot | undefined;
  const watch = watchPullRequest({
    workspace,
    number,
    listener,
    // Nothing has this digest: the first look comes at once, and says what was there before.
    seen: '',
    onLook: (look) => {
      if (first !== undefined) return hear(on, look, first);
      first = look;
      // Sooner than anybody could look: nothing stands in the way any more.
      if (look.state === 'open' && look.base.branch === on.base)
        on.retry(`whoever put #${number} right`, null);
    },
  });
  return watch;
}

function hear(
  { approvers, handlers, listener, retry }: ListenedTo,
  look: PullRequestSnapshot,
  before: PullRequestSnapshot,
): void {
  for (const word of look.commands) {
    const hearing = retryAfterFailure(word, approvers, before.lastComment);
    if (hearing.kind === 'retry') return retry(hearing.by, hearing.feedback);
    if (hearing.kind === 'refused' && listener.isFirstTime(`${word.id}:retry`))
      handlers.refuse('retry on the pull request', { code: hearing.code, message: hearing.reason });
  }
  const changed = putRight(look, before);
  if (changed !== null) retry(changed, null);
}

/** Who or what made it worth another try; null: nothing did. */
function putRight(look: PullRequestSnapshot, before: PullRequestSnapshot): string | null {
  if (look.state === 'merged' && before.state !== 'merged')
    return `${look.mergedBy ?? 'somebody'}, who merged #${look.number}`;
  if (look.state === 'open' && before.state === 'closed') return `whoever reopened #${look.number}`;
  if (look.base.branch !== before.base.branch) return `whoever retargeted #${look.number}`;
  return null;
}
