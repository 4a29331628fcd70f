/**
 * A gate that can be answered on its pull request too: whoever answers first, there or here, decides. What people do to the
 * pull request by hand is followed and said; nothing is forced over it.
 */
import { log } from '@temporalio/workflow';
import type { PublishGateRequest } from '../../activities/code-host/contract.ts';
import type { PullRequestSnapshot } from '../../domain/model/pull-request.ts';
import type { Decision, Ruling } from '../../domain/approval/gate.ts';
import { pageOf } from '../../domain/views/how-to-answer.ts';
import { decisionText, obstacle, openGateText } from '../../domain/views/gate-status.ts';
import type { NotifyTarget, WorkspaceRef } from '../../domain/model/project.ts';
import { sameLogin } from '../../domain/names/logins.ts';
import { answerAtGate } from '../../domain/approval/review-commands.ts';
import { hostActivities, sharedActivities } from '../activity-proxies.ts';
import type { MessageHandlers } from '../messaging/message-handlers.ts';
import { cancelledHere, describeError } from '../support/failures.ts';
import type { ApprovalGate, Question } from '../approval/gate.ts';
import { type PullRequestListener, isHosted, readSnapshot, watchPullRequest } from './watch.ts';

export interface AskedOn {
  readonly workspace: WorkspaceRef;
  readonly pullRequest: { readonly number: number; readonly url: string } | null;
  /** Its branches, as they should be. */
  readonly branch: string;
  readonly base: string;
  readonly approvalGate: ApprovalGate;
  readonly handlers: MessageHandlers;
  readonly listener: PullRequestListener;
  readonly slug: string;
  readonly notify: readonly NotifyTarget[];
}

export type Asked =
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** The question is void: the branch is at `tip` now, or its pull request was merged elsewhere. */
  | { readonly kind: 'moved'; readonly tip: string };

export async function askPeopleOn(on: AskedOn, question: Question): Promise<Asked> {
  const { approvalGate, workspace, pullRequest } = on;
  const link = pageOf(pullRequest);
  if (pullRequest === null || !isHosted(workspace)) {
    const decision = await approvalGate.waitForDecision({ ...question, link });
    if (decision === null) throw new Error(`The gate ${question.id} was withdrawn without a reason.`);
    return { kind: 'decided', decision };
  }

  const { number } = pullRequest;
  // Before the gate opens: a comment that is there already was about something else.
  const first = await readSnapshot(workspace, number);
  let tip: string | null = null;
  const publish = publisher(on, number, question);
  const heard = { lastComment: first.lastComment, remark: null as string | null };

  const onLook = async (look: PullRequestSnapshot): Promise<void> => {
    if (approvalGate.state.open?.id !== question.id) return;
    // Merged into another branch, it leads nowhere any more: whoever asked finds out.
    if (look.state === 'merged')
      return look.base.branch === on.base ? recordMerge(on, look) : approvalGate.withdraw();
    const moved = await movedTo(on, look, question);
    if (approvalGate.state.open?.id !== question.id) return;
    if (moved.tip !== null) {
      tip = moved.tip;
      approvalGate.withdraw();
      return;
    }
    const remark = obstacle(look, { base: on.base, branchGone: moved.gone });
    approvalGate.annotate(remark);
    if (remark !== null && remark !== heard.remark) alarm(on, remark);
    heard.remark = remark;
    for (const word of look.commands) hear(on, word, heard.lastComment);
  };

  const asking = approvalGate.waitForDecision({ ...question, link });
  // If the first look fails as well, nobody awaits it.
  asking.catch(() => undefined);
  void publish(openGateText(question));
  const watch = watchPullRequest({ workspace, number, listener: on.listener, seen: first.digest, onLook });
  try {
    await onLook(first).catch((error: unknown) => {
      if (cancelledHere(error)) throw error;
      log.warn(`The first look at #${number} came to nothing: ${describeError(error)}`);
    });
    const decision = await asking;
    if (decision === null) return { kind: 'moved', tip: tip ?? question.headSha ?? '' };
    watch.stop();
    await publish(decisionText(decision));
    return { kind: 'decided', decision };
  } finally {
    watch.stop();
  }
}

/** A word that stands, at the gate as it is now; what doesn't count is said once. */
function hear(
  { approvalGate, handlers, listener }: AskedOn,
  word: PullRequestSnapshot['commands'][number],
  lastComment: number,
): void {
  const gate = approvalGate.state.open;
  // What decided an earlier gate has had its effect.
  if (gate === null || approvalGate.state.decisions.some(({ commandId }) => commandId === word.id)) return;
  const hearing = answerAtGate(word, gate, lastComment);
  if (hearing.kind === 'past') return;
  const answer: Ruling =
    hearing.kind === 'answer'
      ? approvalGate.answer(hearing.answer)
      : { kind: 'refused', refusal: { code: hearing.code, message: hearing.reason } };
  if (answer.kind !== 'refused') return;
  const told = `${word.id}:${answer.refusal.code}`;
  if (listener.alreadySaid.has(told)) return;
  listener.alreadySaid.add(told);
  handlers.refuse(`${word.kind} on the pull request`, answer.refusal);
}

/** Whoever could merge has merged: that is a decision, and can't be taken back. */
function recordMerge(on: AskedOn, { mergedBy, number, head }: PullRequestSnapshot): void {
  const { approvalGate } = on;
  const by = mergedBy ?? 'somebody';
  const { approvers = [], headSha = null } = approvalGate.state.open ?? {};
  if (approvers.length > 0 && !approvers.some((approver) => sameLogin(approver, by)))
    alarm(
      on,
      `${by} is not among the approvers (${approvers.join(', ')}) and merged pull request #${number} by hand.`,
    );
  const comment = head.sha === headSha ? 'Merged by hand.' : `Merged by hand, with ${head.sha}.`;
  approvalGate.record({ action: 'approve', by, from: 'github-review', comment });
}

/** Not awaited: a channel that is down never holds a project up. */
function alarm({ slug, notify, pullRequest }: AskedOn, text: string): void {
  if (notify.length === 0) return;
  const title = `Pull request #${pullRequest?.number ?? ''} was changed by hand`;
  const link = pullRequest?.url ?? null;
  // The workflow's clock: the same on replay, another for each time that something has to be said.
  const id = `${slug}:by-hand:${pullRequest?.number ?? 0}:${Date.now()}`;
  sharedActivities('tell people: changed by hand')
    .notify({
      targets: notify,
      notice: { id, kind: 'alarm', project: slug, title, text, command: null, link },
    })
    .catch(() => undefined);
}

/** Git is asked before a head counts as moved: a host's answers may be older than our own push. */
async function movedTo(
  { workspace, branch }: AskedOn,
  look: PullRequestSnapshot,
  { headSha }: Question,
): Promise<{ readonly tip: string | null; readonly gone: boolean }> {
  if (look.state === 'open' && look.head.sha === headSha) return { tip: null, gone: false };
  const host = hostActivities(workspace.host, `tip of ${branch}`);
  const tip = (await host.readTips({ workspace, branches: [branch] }))[branch] ?? null;
  return { tip: tip === null || tip === headSha ? null : tip, gone: tip === null };
}

/** In order, never failing: what can't be shown is decided all the same. */
function publisher({ workspace }: AskedOn, number: number, { id: gateId, headSha: sha }: Question) {
  let last: Promise<void> = Promise.resolve();
  return (text: Pick<PublishGateRequest, 'state' | 'summary' | 'comment'>): Promise<void> => {
    const host = hostActivities(workspace.host, `show gate ${gateId} on #${number}`, 'publish');
    last = last
      .then(() => host.publishGate({ workspace, number, gateId, sha, ...text }))
      .catch((error: unknown) => {
        if (cancelledHere(error)) return;
        log.warn(`Gate ${gateId} is not shown on #${number}: ${describeError(error)}`);
      });
    return last;
  };
}
