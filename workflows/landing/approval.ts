/**
 * The gate of a landing, on (head, base). On a code host it can be answered on its pull request too: whoever answers first, there
 * or here, decides. What people do to the pull request by hand is followed and said; nothing is forced over it.
 */
import type { PublishedGate, PullRequestRef, PullRequestSnapshot } from '../../domain/model/pull-request.ts';
import { carriedWords } from '../../domain/approval/decisions.ts';
import type { Decision, Ruling } from '../../domain/approval/gate.ts';
import { answerAtGate } from '../../domain/approval/review-commands.ts';
import { carriesOver } from '../../domain/landing/carry.ts';
import type { LandingEvent, LandingState } from '../../domain/landing/landing.ts';
import { noSensitiveFiles } from '../../domain/landing/sensitive-files.ts';
import { sameLogin } from '../../domain/names/logins.ts';
import { decisionText, obstacle, openGateText } from '../../domain/views/gate-status.ts';
import { pageOf } from '../../domain/views/how-to-answer.ts';
import { hostActivities } from '../activity-proxies.ts';
import type { Asking, Question } from '../approval/gate.ts';
import { tell } from '../messaging/notices.ts';
import { cancelledHere, describeError, warn } from '../support/failures.ts';
import { audience, type LandingOwner } from './owner.ts';
import { findRenamed } from './renamed-base.ts';
import { readSnapshot, watchPullRequest } from './watch.ts';

export async function askPeople(owner: LandingOwner, gate: number): Promise<LandingEvent> {
  const { policy, progress } = owner;
  const {
    headSha,
    baseSha,
    tested,
    resolved = [],
    sensitive = noSensitiveFiles,
    pullRequest,
  } = progress.landing;
  const question: Question = {
    ...owner.question(gate),
    headSha,
    baseSha,
    checks: tested?.sha === headSha ? tested.checks : [],
    ...(resolved.length === 0 ? {} : { resolved }),
    ...(sensitive.files.length === 0 ? {} : { sensitive }),
    link: pageOf(pullRequest),
  };
  owner.onGate(true, 'awaits approval');
  const decision =
    pullRequest === null || !policy.hosted
      ? await owner.approvalGate.waitForDecision(question, asking(owner))
      : await askOnPullRequest(owner, pullRequest, question);
  if (decision === null) {
    owner.onGate(false, 'the branch moved');
    return { kind: 'withdrawn' };
  }
  const { action, by, comment } = decision;
  owner.onGate(false, action === 'approve' ? `approved by ${by}` : `rejected by ${by}`);
  return action === 'approve'
    ? { kind: 'approved', headSha: decision.headSha, by }
    : { kind: 'rejected', by, comment };
}

/** Base moved under what was approved `before`, and nothing else did: people see what their approval counts for now. */
export async function carryApproval(owner: LandingOwner, before: LandingState): Promise<void> {
  const { approvalGate, policy, progress } = owner;
  const { headSha, baseSha } = progress.landing;
  if (before.updated?.headSha !== headSha || !carriesOver(policy, before)) return;
  const decision = approvalGate.carry(before.headSha, { headSha, baseSha });
  if (decision === null) return;
  owner.onGate(false, `the approval by ${decision.by} is ${carriedWords(decision)}`);
  const { pullRequest } = progress.landing;
  if (pullRequest === null || !policy.hosted) return;
  // A rule of the host may want it before the merge.
  const publish = publisher(owner, pullRequest.number, { id: decision.gateId, headSha });
  await publish(decisionText(decision));
}

/** Null: the question is void, because the branch moved or its pull request was merged elsewhere. */
async function askOnPullRequest(
  owner: LandingOwner,
  pullRequest: PullRequestRef,
  question: Question,
): Promise<Decision | null> {
  const { workspace, approvalGate, listener } = owner;
  const { number } = pullRequest;
  // Before the gate opens: a comment that is there already was about something else.
  const first = await readSnapshot(workspace, number);
  const remarks = createRemarks(owner, question);
  const publish = publisher(owner, number, question, (unshown) => remarks.set('unshown', unshown));
  const onLook = gateWatcher(owner, question, { lastComment: first.lastComment, remarks });

  const asked = approvalGate.waitForDecision(question, asking(owner));
  // If the first look fails as well, nobody awaits it.
  asked.catch(() => undefined);
  void publish(openGateText(question));
  const onTrouble = (why: string) => remarks.set('trouble', `(${why})`);
  const watch = watchPullRequest({ workspace, number, listener, seen: first.digest, onLook, onTrouble });
  try {
    await onLook(first).catch((error: unknown) => {
      if (cancelledHere(error)) throw error;
      warn(`The first look at #${number} came to nothing: ${describeError(error)}`);
    });
    const decision = await asked;
    watch.stop();
    if (decision !== null) await publish(decisionText(decision));
    return decision;
  } finally {
    watch.stop();
  }
}

const asking = (owner: LandingOwner): Asking => ({
  approval: owner.settings.approval,
  audience: audience(owner),
});

/** What stands after the question: each remark until it is another one. */
interface Remarks {
  set(about: 'obstacle' | 'trouble' | 'unshown', remark: string | null): void;
}

function createRemarks({ approvalGate }: LandingOwner, question: Question): Remarks {
  const remarks = new Map<string, string>();
  return {
    set(about, remark) {
      if (remark === null) remarks.delete(about);
      else remarks.set(about, remark);
      if (approvalGate.state.open?.id === question.id)
        approvalGate.annotate([...remarks.values()].join(' ') || null);
    },
  };
}

interface Watching {
  readonly lastComment: number;
  readonly remarks: Remarks;
}

/** What each look at the pull request means for the open gate. */
function gateWatcher(owner: LandingOwner, question: Question, { lastComment, remarks }: Watching) {
  const { approvalGate, policy } = owner;
  const isOpen = () => approvalGate.state.open?.id === question.id;
  let said: string | null = null;

  return async (look: PullRequestSnapshot): Promise<void> => {
    if (!isOpen()) return;
    // Merged into another branch, it leads nowhere any more: whoever asked finds out.
    if (look.state === 'merged')
      return look.base.branch === policy.baseBranch ? recordMerge(owner, look) : approvalGate.withdraw();
    const branch = await branchSince(owner, look, question);
    if (!isOpen()) return;
    if (branch === 'moved') return approvalGate.withdraw();
    const isElsewhere = look.state === 'open' && look.base.branch !== policy.baseBranch;
    // A base that was renamed takes its pull requests along: then nobody did anything to this one.
    const base = (isElsewhere ? await findRenamed(owner) : null) ?? policy.baseBranch;
    if (!isOpen()) return;
    const remark = obstacle(look, { base, branchGone: branch === 'gone' });
    remarks.set('trouble', null);
    remarks.set('obstacle', remark);
    if (remark !== null && remark !== said) alarm(owner, remark);
    said = remark;
    for (const command of look.commands) answer(owner, command, lastComment);
  };
}

/** Git is asked before a head counts as moved: a host's answers may be older than our own push. */
async function branchSince(
  { workspace, policy: { branch } }: LandingOwner,
  look: PullRequestSnapshot,
  { headSha }: Question,
): Promise<'same' | 'moved' | 'gone'> {
  if (look.state === 'open' && look.head.sha === headSha) return 'same';
  const host = hostActivities(workspace.host, `tip of ${branch}`);
  const tip = (await host.readTips({ workspace, branches: [branch] }))[branch] ?? null;
  if (tip === null) return 'gone';
  return tip === headSha ? 'same' : 'moved';
}

/** A command that stands, at the gate as it is now; what doesn't count is said once. */
function answer(
  { approvalGate, handlers, listener }: LandingOwner,
  command: PullRequestSnapshot['commands'][number],
  lastComment: number,
): void {
  const { open, decisions } = approvalGate.state;
  // What decided an earlier gate has had its effect.
  if (open === null || decisions.some(({ commandId }) => commandId === command.id)) return;
  const found = answerAtGate(command, open, lastComment);
  if (found.kind === 'past') return;
  const ruling: Ruling =
    found.kind === 'answer'
      ? approvalGate.answer(found.answer)
      : { kind: 'refused', refusal: { code: found.code, message: found.reason } };
  if (ruling.kind !== 'refused') return;
  if (listener.isFirstTime(`${command.id}:${ruling.refusal.code}`))
    handlers.refuse(`${command.kind} on the pull request`, ruling.refusal);
}

/** Whoever could merge has merged: that is a decision, and can't be taken back. */
function recordMerge(owner: LandingOwner, { mergedBy, number, head }: PullRequestSnapshot): void {
  const { approvalGate } = owner;
  const by = mergedBy ?? 'somebody';
  const { approvers = [], headSha = null } = approvalGate.state.open ?? {};
  if (approvers.length > 0 && !approvers.some((approver) => sameLogin(approver, by)))
    alarm(
      owner,
      `${by} is not among the approvers (${approvers.join(', ')}) and merged pull request #${number} by hand.`,
    );
  const comment = head.sha === headSha ? 'Merged by hand.' : `Merged by hand, with ${head.sha}.`;
  approvalGate.record({ action: 'approve', by, from: 'pull-request', comment });
}

function alarm(owner: LandingOwner, text: string): void {
  const { pullRequest } = owner.progress.landing;
  const title = `Pull request #${pullRequest?.number ?? ''} was changed by hand`;
  tell(audience(owner), { kind: 'alarm', title, text, link: pageOf(pullRequest) });
}

/** In order, never failing: what can't be shown is decided all the same. */
function publisher(
  { workspace }: LandingOwner,
  number: number,
  { id: gateId, headSha: sha }: Pick<Question, 'id' | 'headSha'>,
  remark: (unshown: string | null) => void = () => undefined,
) {
  let last: Promise<void> = Promise.resolve();
  const say = (refused: string | null): void => {
    if (refused === null) return remark(null);
    const text = `Not all of the gate is shown on #${number}: ${refused}`;
    warn(text);
    remark(`(${text})`);
  };
  return (text: PublishedGate): Promise<void> => {
    const host = hostActivities(workspace.host, `show gate ${gateId} on #${number}`, 'publish');
    last = last
      .then(() => host.publishGate({ workspace, number, gateId, sha, ...text }))
      .then(say, (error: unknown) => {
        if (!cancelledHere(error)) say(describeError(error));
      });
    return last;
  };
}
