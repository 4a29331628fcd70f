/**
 * A gate: a durable question to people, answered once. The approval is bound to what the person saw, the head commit;
 * the first valid decision wins, and whoever answers later hears who decided what.
 */
import { sameLogin } from '../names/logins.ts';
import type { CheckEvidence } from '../model/checks.ts';
import type { SensitiveFiles } from '../landing/sensitive-files.ts';
import type { ResolvedFile } from '../model/git.ts';
import type { FailureCode } from '../failure.ts';
import type { ApprovalPolicy } from '../model/project.ts';

export type GateAction = 'approve' | 'reject';
export type Source = 'cli' | 'web-ui' | 'pull-request' | 'chat' | 'api' | 'policy';

export interface Gate {
  /** `phase-<n>.<round>`, `project.<round>` or `task.<round>`: unique within the project. */
  readonly id: string;
  /** What is asked, one sentence. */
  readonly question: string;
  readonly headSha: string | null;
  readonly baseSha: string | null;
  readonly checks: readonly CheckEvidence[];
  /** Files of merges that agents finished, and how each conflict ended. */
  readonly resolved?: readonly ResolvedFile[];
  /** Files that tools obey, which agents changed; absent: none. */
  readonly sensitive?: SensitiveFiles;
  readonly approvers: readonly string[];
  /** Epoch milliseconds. */
  readonly openedAt: number;
  readonly remindAt: number;
  readonly expireAt: number;
}

export interface Decision {
  readonly gateId: string;
  readonly action: GateAction;
  readonly by: string;
  readonly at: number;
  readonly from: Source;
  readonly comment: string;
  readonly headSha: string | null;
  readonly commandId: string | null;
  /** What the approval counts for since base moved; absent: still for `headSha`. */
  readonly carried?: Carried;
}

/** The head that was approved, brought up to a later base with equal patches. */
export interface Carried {
  readonly headSha: string;
  readonly baseSha: string;
}

/** A person's answer, after the guards have judged its shape. */
export interface Answer {
  readonly action: GateAction;
  readonly commandId: string | null;
  readonly gateId: string | null;
  /** Only this phase's gate. */
  readonly phase: number | null;
  readonly headSha: string | null;
  readonly by: string;
  /** A code-host login that the surface proved; null: `by` is only a label. */
  readonly provenLogin: string | null;
  readonly from: Source;
  readonly comment: string;
}

export interface Refusal {
  readonly code: FailureCode;
  readonly message: string;
}

export type Ruling =
  | { readonly kind: 'decided'; readonly decision: Decision }
  | { readonly kind: 'repeated'; readonly decision: Decision }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface GateState {
  readonly open: Gate | null;
  /** Newest last, bounded. */
  readonly decisions: readonly Decision[];
}

/** What an answer comes to. Pure: `now` is the workflow's clock. `instead` says what happens instead of waiting. */
export function decide(state: GateState, answer: Answer, now: number, instead: string): Ruling {
  const repeat = earlier(state, answer);
  if (repeat !== undefined) return repeat;
  const gate = state.open;
  if (gate === null) {
    return refuse('NoOpenGate', `Nothing waits for an answer: ${instead}. Look with 'phasewright status'.`);
  }
  const isOther = answer.gateId !== null && answer.gateId !== gate.id;
  if (isOther || !isOfPhase(answer, gate.id)) {
    return refuse(
      'GateMismatch',
      `The answer is for ${isOther ? `gate '${answer.gateId}'` : `phase ${answer.phase}`}, but '${gate.id}' is the open one. Look again, then answer that one.`,
    );
  }
  if (answer.headSha !== null && gate.headSha !== null && !sameCommit(answer.headSha, gate.headSha)) {
    return refuse(
      'StaleHead',
      `You looked at ${short(answer.headSha)}, but the head is now ${short(gate.headSha)}. Look again, then answer.`,
    );
  }
  const { provenLogin } = answer;
  if (
    gate.approvers.length > 0 &&
    (provenLogin === null || !gate.approvers.some((approver) => sameLogin(approver, provenLogin)))
  ) {
    return refuse(
      'NotAnApprover',
      `${answer.provenLogin ?? `'${answer.by}' (a label, not proof of identity)`} may not answer this gate; ${gate.approvers.join(', ')} may, through a review on the code host.`,
    );
  }
  if (answer.action === 'reject' && answer.comment.trim() === '') {
    return refuse('InvalidMessage', 'A rejection needs a comment: it becomes the next task.');
  }
  const { action, by, from, comment, commandId } = answer;
  return {
    kind: 'decided',
    decision: { gateId: gate.id, action, by, at: now, from, comment, headSha: gate.headSha, commandId },
  };
}

/** A repeat of what was decided before, by command id or for the same (named or last) gate. */
function earlier(state: GateState, answer: Answer): Ruling | undefined {
  const byCommand =
    answer.commandId === null
      ? undefined
      : state.decisions.find((d) => d.commandId === answer.commandId && d.action === answer.action);
  if (byCommand !== undefined) return { kind: 'repeated', decision: byCommand };
  const named = answer.gateId === null ? undefined : state.decisions.find((d) => d.gateId === answer.gateId);
  // With no gate open, an answer that names none is about the last one, when it was for the same head.
  const last = state.open === null && answer.gateId === null ? state.decisions.at(-1) : undefined;
  const decision = named ?? last;
  if (decision === undefined || !isOfPhase(answer, decision.gateId)) return undefined;
  if (named === undefined && !sameHead(answer, decision)) return undefined;
  if (decision.action === answer.action) return { kind: 'repeated', decision };
  return refuse('AlreadyDecided', describeDecision(decision));
}

const isOfPhase = ({ phase }: Answer, gateId: string): boolean =>
  phase === null || gateId.startsWith(`phase-${phase}.`);

const sameHead = ({ headSha: asked }: Answer, { headSha, carried }: Decision): boolean =>
  asked === null ||
  headSha === null ||
  [headSha, ...(carried === undefined ? [] : [carried.headSha])].some((sha) => sameCommit(asked, sha));

/** Full SHAs or prefixes of at least 7 characters. */
export function sameCommit(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length >= 7 && long.toLowerCase().startsWith(short.toLowerCase());
}

export function describeDecision(decision: Decision): string {
  const what = decision.action === 'approve' ? 'approved' : 'rejected';
  const comment = decision.comment === '' ? '' : `: "${decision.comment}"`;
  return `Gate '${decision.gateId}' was ${what} by ${decision.by} at ${new Date(decision.at).toISOString()}${comment}.`;
}

const refuse = (code: FailureCode, message: string): Ruling => ({
  kind: 'refused',
  refusal: { code, message },
});
const short = (sha: string): string => sha.slice(0, 10);

export type Due = { readonly kind: 'remind' | 'expire'; readonly at: number } | null;

/**
 * The next deadline of a gate; reminders repeat until it expires, then it holds with reminders only. `reminded` counts the
 * reminders since it was opened, or since it expired.
 */
export function nextDeadline(gate: Gate, policy: ApprovalPolicy, reminded: number, expired: boolean): Due {
  const remind = gate.remindAt + reminded * policy.remindAfterMs;
  if (expired) return { kind: 'remind', at: gate.expireAt + (reminded + 1) * policy.remindAfterMs };
  return remind < gate.expireAt ? { kind: 'remind', at: remind } : { kind: 'expire', at: gate.expireAt };
}

export function openGate(
  asked: {
    readonly id: string;
    readonly question: string;
    readonly headSha: string | null;
    readonly baseSha: string | null;
    readonly checks: readonly CheckEvidence[];
    readonly resolved?: readonly ResolvedFile[];
    readonly sensitive?: SensitiveFiles;
  },
  policy: ApprovalPolicy,
  now: number,
): Gate {
  return {
    ...asked,
    approvers: policy.approvers,
    openedAt: now,
    remindAt: now + policy.remindAfterMs,
    expireAt: now + policy.expireAfterMs,
  };
}
