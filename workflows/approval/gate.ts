/** Asking people: a gate is opened, reminded of, expires, and is answered once. Phases, projects and standalone tasks share it. */
import { condition } from '@temporalio/workflow';
import type { Notice } from '../../domain/model/notice.ts';
import {
  type Answer,
  describeDecision,
  type Decision,
  type Gate,
  type GateState,
  nextDeadline,
  openGate,
  type Refusal,
  decide,
} from '../../domain/approval/gate.ts';
import { keepLast } from '../../domain/messages/messages.ts';
import type { ProjectSettings } from '../../domain/model/project.ts';
import { sharedActivities } from '../activity-proxies.ts';
import type { DecisionAnswer } from '../messages.ts';

const MAX_DECISIONS = 50;

export interface ApprovalGate {
  state: GateState;
  /** The answer of a person: decided, repeated, or refused with a reason. Never throws. */
  answer(answer: Answer): DecisionAnswer | Refusal;
  /** Whether `answer` would be refused; changes nothing. */
  validate(answer: Answer): Refusal | null;
  /**
   * Opens the gate and waits for a person. An expired gate rejects or holds, by policy; it never approves. Null: `withdraw`
   * took the question back.
   */
  waitForDecision(question: Question): Promise<Decision | null>;
  /** What happened by hand and decides the open gate as a person's word would. */
  record(decision: Pick<Decision, 'action' | 'by' | 'from' | 'comment'>): void;
  /** The open gate is about something that is no more: nobody decided it. */
  withdraw(): void;
  /** Shown with the open gate's question; null: nothing any more. */
  annotate(note: string | null): void;
}

export type Question = Pick<Gate, 'id' | 'question' | 'headSha' | 'baseSha' | 'checks'> & {
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
  readonly settings: () => ProjectSettings;
  readonly project: () => string;
}

export function createApprovalGate(options: ApprovalGateOptions): ApprovalGate {
  /** The open gate's question, without remarks. */
  let asked = options.carried?.open?.question ?? '';
  const approvalGate: ApprovalGate = {
    state: options.carried ?? { open: null, decisions: [] },

    validate(answer) {
      const ruling = decide(approvalGate.state, answer, Date.now(), options.instead());
      return ruling.kind === 'refused' ? ruling.refusal : null;
    },

    answer(answer) {
      const ruling = decide(approvalGate.state, answer, Date.now(), options.instead());
      if (ruling.kind === 'refused') return ruling.refusal;
      if (ruling.kind === 'decided') settle(ruling.decision);
      const alreadyDecided = ruling.kind === 'already_decided';
      return { alreadyDecided, decision: ruling.decision, message: describeDecision(ruling.decision) };
    },

    record(decision) {
      const gate = approvalGate.state.open;
      if (gate === null) return;
      settle({ ...decision, gateId: gate.id, at: Date.now(), headSha: gate.headSha, commandId: null });
    },

    withdraw() {
      approvalGate.state = { ...approvalGate.state, open: null };
      options.onChange();
    },

    annotate(note) {
      const gate = approvalGate.state.open;
      if (gate === null) return;
      const question = note === null ? asked : `${asked} ${note}`;
      if (question === gate.question) return;
      approvalGate.state = { ...approvalGate.state, open: { ...gate, question } };
      options.onChange();
    },

    async waitForDecision({ command, link = null, ...question }) {
      const { approval } = options.settings();
      asked = question.question;
      let gate = openGate(question, approval, Date.now());
      approvalGate.state = { ...approvalGate.state, open: gate };
      options.onChange();
      tell('gate_opened', gate, { command, link });

      const over = () => approvalGate.state.open?.id !== gate.id;
      for (let reminded = 0, reminders = 0, expired = false; !over(); ) {
        const pausedSince = Date.now();
        await condition(() => !options.isPaused() || over());
        const pausedFor = Date.now() - pausedSince;
        if (pausedFor > 0 && approvalGate.state.open !== null) {
          gate = { ...gate, remindAt: gate.remindAt + pausedFor, expireAt: gate.expireAt + pausedFor };
          approvalGate.state = {
            ...approvalGate.state,
            open: { ...gate, question: approvalGate.state.open.question },
          };
          options.onChange();
        }
        const due = nextDeadline(gate, approval, reminded, expired);
        if (due === null) break;
        const wait = Math.max(1, due.at - Date.now());
        if (
          await condition(() => over() || options.isPaused(), wait, {
            summary: `${gate.id}: ${due.kind}`,
          })
        )
          continue;
        if (due.kind === 'remind') {
          reminded += 1;
          reminders += 1;
          tell('gate_reminder', gate, { command, link }, reminders);
        } else {
          expired = true;
          reminded = 0;
          tell('gate_expired', gate, { command, link });
          if (approval.onExpiry === 'reject') settle(expiry(gate));
        }
      }
      const decision = approvalGate.state.decisions.find((each) => each.gateId === gate.id);
      return decision ?? (over() ? null : expiry(gate));
    },
  };

  function settle(decision: Decision): void {
    approvalGate.state = {
      open: null,
      decisions: keepLast(approvalGate.state.decisions, decision, MAX_DECISIONS),
    };
    options.onChange();
  }

  /** Not awaited: a channel that is down never holds a project up. */
  function tell(
    kind: Notice['kind'],
    gate: Gate,
    where: { readonly command: string; readonly link: string | null },
    nth = 0,
  ): void {
    const { notify } = options.settings();
    if (notify.length === 0) return;
    const project = options.project();
    const notice: Notice = {
      id: `${project}:${gate.id}:${kind}:${nth}`,
      kind,
      project,
      title: gate.question,
      text: gateText(gate),
      ...where,
    };
    sharedActivities(`tell people: ${gate.id}`)
      .notify({ targets: notify, notice })
      .catch(() => undefined);
  }

  return approvalGate;
}

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
