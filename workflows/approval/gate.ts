/** Asking people: a gate is opened, reminded of, expires, and is answered once. Phases, projects and standalone tasks share it. */
import { condition } from '@temporalio/workflow';
import {
  type Answer,
  type Carried,
  type Decision,
  type Gate,
  type GateState,
  nextDeadline,
  openGate,
  type Refusal,
  type Ruling,
  decide,
} from '../../domain/approval/gate.ts';
import { carryOver, mergeDecisions } from '../../domain/approval/decisions.ts';
import { keepLast } from '../../domain/messages/messages.ts';
import type { ApprovalPolicy } from '../../domain/model/project.ts';
import { typedAnswer } from '../../domain/views/how-to-answer.ts';
import { type Audience, tell } from '../messaging/notices.ts';

const MAX_DECISIONS = 50;

export interface ApprovalGate {
  state: GateState;
  /** The answer of a person: decided, repeated, or refused with a reason. Never throws. */
  answer(answer: Answer): Ruling;
  /** Whether `answer` would be refused; changes nothing. */
  validate(answer: Answer): Refusal | null;
  /**
   * Opens the gate and waits for a person. An expired gate rejects or holds, by policy; it never approves. Null: `withdraw`
   * took the question back.
   */
  waitForDecision(question: Question, asking: Asking): Promise<Decision | null>;
  /** What happened by hand and decides the open gate as a person's word would. */
  record(decision: Pick<Decision, 'action' | 'by' | 'from' | 'comment'>): void;
  /** The approval of a head counts for what that became on a later base; null: nobody approved that head here. */
  carry(headSha: string, carried: Carried): Decision | null;
  /** The open gate is about something that is no more: nobody decided it. */
  withdraw(): void;
  /** Shown with the open gate's question; null: nothing any more. */
  annotate(note: string | null): void;
}

export type Question = Pick<
  Gate,
  'id' | 'question' | 'headSha' | 'baseSha' | 'checks' | 'resolved' | 'sensitive'
> & {
  readonly command: string;
  /** Where it can be answered on the web. */
  readonly link?: string | null;
};

export interface ApprovalGateOptions {
  readonly carried?: GateState;
  readonly isPaused: () => boolean;
  /** What happens instead of waiting, for refusals. */
  readonly instead: () => string;
  readonly onChange: () => void;
}

/** Whose gate it is, and how its owner wants people asked. */
export interface Asking {
  readonly approval: ApprovalPolicy;
  readonly audience: Audience;
}

export function createApprovalGate(options: ApprovalGateOptions): ApprovalGate {
  /** The open gate's question, without notes. */
  let asked = options.carried?.open?.question ?? '';
  const set = (state: GateState): void => {
    approvalGate.state = state;
    options.onChange();
  };
  const settle = (decision: Decision): void =>
    set({ open: null, decisions: keepLast(approvalGate.state.decisions, decision, MAX_DECISIONS) });
  const rulingOn = (answer: Answer): Ruling =>
    decide(approvalGate.state, answer, Date.now(), options.instead());

  const approvalGate: ApprovalGate = {
    state: options.carried ?? { open: null, decisions: [] },

    validate(answer) {
      const ruling = rulingOn(answer);
      return ruling.kind === 'refused' ? ruling.refusal : null;
    },

    answer(answer) {
      const ruling = rulingOn(answer);
      if (ruling.kind === 'decided') settle(ruling.decision);
      return ruling;
    },

    record(decision) {
      const gate = approvalGate.state.open;
      if (gate === null) return;
      settle({ ...decision, gateId: gate.id, at: Date.now(), headSha: gate.headSha, commandId: null });
    },

    carry(headSha, carried) {
      const { open, decisions } = approvalGate.state;
      const decision = carryOver(decisions, headSha, carried);
      if (decision === undefined) return null;
      set({ open, decisions: mergeDecisions(decisions, [decision]) });
      return decision;
    },

    withdraw: () => set({ ...approvalGate.state, open: null }),

    annotate(note) {
      const gate = approvalGate.state.open;
      if (gate === null) return;
      const question = note === null ? asked : `${asked} ${note}`;
      if (question !== gate.question) set({ ...approvalGate.state, open: { ...gate, question } });
    },

    waitForDecision(question, asking) {
      asked = question.question;
      return askPeople(question, { options, asking, approvalGate, set, settle });
    },
  };
  return approvalGate;
}

interface Parts {
  readonly options: ApprovalGateOptions;
  readonly asking: Asking;
  readonly approvalGate: ApprovalGate;
  readonly set: (state: GateState) => void;
  readonly settle: (decision: Decision) => void;
}

type Say = (kind: 'gate_opened' | 'gate_reminder' | 'gate_expired', gate: Gate, nth?: number) => void;

async function askPeople(
  { command, link = null, ...question }: Question,
  parts: Parts,
): Promise<Decision | null> {
  const { approvalGate, set } = parts;
  const { approval, audience } = parts.asking;
  const gate = openGate(question, approval, Date.now());
  set({ ...approvalGate.state, open: gate });
  const say: Say = (kind, open, nth = 0) =>
    tell(audience, {
      about: `${open.id}:${kind}:${nth}`,
      kind,
      title: open.question,
      text: gateText(open),
      command: typedAnswer(open.approvers, command),
      link,
    });
  say('gate_opened', gate);
  const last = await remindUntilOver(gate, parts, say);
  const decision = approvalGate.state.decisions.find((each) => each.gateId === gate.id);
  return decision ?? (approvalGate.state.open?.id === gate.id ? expiry(last) : null);
}

/** Reminders and the expiry, each at its time; a pause moves them. Returns the gate with its last deadlines. */
async function remindUntilOver(
  opened: Gate,
  { options, asking: { approval }, approvalGate, set, settle }: Parts,
  say: Say,
): Promise<Gate> {
  const over = () => approvalGate.state.open?.id !== opened.id;
  let gate = opened;
  for (let reminded = 0, reminders = 0, expired = false; !over(); ) {
    const pausedSince = Date.now();
    await condition(() => !options.isPaused() || over());
    gate = later(gate, Date.now() - pausedSince);
    const { open } = approvalGate.state;
    if (open !== null && open.id === gate.id && open.expireAt !== gate.expireAt)
      set({ ...approvalGate.state, open: { ...gate, question: open.question } });
    const due = nextDeadline(gate, approval, reminded, expired);
    if (due === null) break;
    const wait = Math.max(1, due.at - Date.now());
    const summary = `${gate.id}: ${due.kind}`;
    if (await condition(() => over() || options.isPaused(), wait, { summary })) continue;
    if (due.kind === 'remind') {
      reminded += 1;
      reminders += 1;
      say('gate_reminder', gate, reminders);
    } else {
      expired = true;
      reminded = 0;
      say('gate_expired', gate);
      if (approval.onExpiry === 'reject') settle(expiry(gate));
    }
  }
  return gate;
}

const later = (gate: Gate, ms: number): Gate =>
  ms === 0 ? gate : { ...gate, remindAt: gate.remindAt + ms, expireAt: gate.expireAt + ms };

const expiry = (gate: Gate): Decision => ({
  gateId: gate.id,
  action: 'reject',
  by: 'expiry',
  at: Date.now(),
  from: 'policy',
  comment: `Nobody answered by ${new Date(gate.expireAt).toISOString()}.`,
  headSha: gate.headSha,
  commandId: null,
});

function gateText(gate: Gate): string {
  const checks =
    gate.checks.length === 0
      ? 'no checks'
      : gate.checks.map((check) => `${check.passed ? 'passed' : 'failed'}: ${check.command}`).join('; ');
  return `Head ${gate.headSha ?? 'none'}; ${checks}. Expires ${new Date(gate.expireAt).toISOString()}.`;
}
