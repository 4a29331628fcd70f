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
  rule,
} from '../../domain/approval/gate.ts';
import { keepLast } from '../../domain/messages/messages.ts';
import type { ProjectSettings } from '../../domain/model/project.ts';
import { sharedActivities } from '../activity-proxies.ts';
import type { DecisionAnswer } from '../messages.ts';

const MAX_DECISIONS = 50;

export interface Desk {
  state: GateState;
  /** The answer of a person: decided, repeated, or refused with a reason. Never throws. */
  answer(answer: Answer): DecisionAnswer | Refusal;
  /** Whether `answer` would be refused; changes nothing. */
  weigh(answer: Answer): Refusal | null;
  /**
   * Opens the gate and waits for a person. An expired gate rejects or holds, by policy; it never approves. Null: `withdraw`
   * took the question back.
   */
  ask(question: Question): Promise<Decision | null>;
  /** What happened by hand and decides the open gate as a person's word would. */
  record(decision: Pick<Decision, 'action' | 'by' | 'from' | 'comment'>): void;
  /** The open gate is about something that is no more: nobody decided it. */
  withdraw(): void;
  /** Shown with the open gate's question; null: nothing any more. */
  remark(note: string | null): void;
}

export type Question = Pick<Gate, 'id' | 'question' | 'headSha' | 'baseSha' | 'checks'> & {
  readonly command: string;
  /** Where it can be answered on the web. */
  readonly link?: string | null;
};

export interface DeskOptions {
  readonly carried?: GateState;
  readonly isPaused: () => boolean;
  /** What happens instead of waiting, for refusals. */
  readonly instead: () => string;
  readonly onChange: () => void;
  readonly settings: () => ProjectSettings;
  readonly project: () => string;
}

export function openDesk(options: DeskOptions): Desk {
  /** The open gate's question, without remarks. */
  let asked = options.carried?.open?.question ?? '';
  const desk: Desk = {
    state: options.carried ?? { open: null, decisions: [] },

    weigh(answer) {
      const ruling = rule(desk.state, answer, Date.now(), options.instead());
      return ruling.kind === 'refused' ? ruling.refusal : null;
    },

    answer(answer) {
      const ruling = rule(desk.state, answer, Date.now(), options.instead());
      if (ruling.kind === 'refused') return ruling.refusal;
      if (ruling.kind === 'decided') settle(ruling.decision);
      const alreadyDecided = ruling.kind === 'already_decided';
      return { alreadyDecided, decision: ruling.decision, message: describeDecision(ruling.decision) };
    },

    record(decision) {
      const gate = desk.state.open;
      if (gate === null) return;
      settle({ ...decision, gateId: gate.id, at: Date.now(), headSha: gate.headSha, commandId: null });
    },

    withdraw() {
      desk.state = { ...desk.state, open: null };
      options.onChange();
    },

    remark(note) {
      const gate = desk.state.open;
      if (gate === null) return;
      const question = note === null ? asked : `${asked} ${note}`;
      if (question === gate.question) return;
      desk.state = { ...desk.state, open: { ...gate, question } };
      options.onChange();
    },

    async ask({ command, link = null, ...question }) {
      const { approval } = options.settings();
      asked = question.question;
      let gate = openGate(question, approval, Date.now());
      desk.state = { ...desk.state, open: gate };
      options.onChange();
      tell('gate_opened', gate, { command, link });

      const over = () => desk.state.open?.id !== gate.id;
      for (let reminded = 0, reminders = 0, expired = false; !over(); ) {
        const pausedSince = Date.now();
        await condition(() => !options.isPaused() || over());
        const pausedFor = Date.now() - pausedSince;
        if (pausedFor > 0 && desk.state.open !== null) {
          gate = { ...gate, remindAt: gate.remindAt + pausedFor, expireAt: gate.expireAt + pausedFor };
          desk.state = { ...desk.state, open: { ...gate, question: desk.state.open.question } };
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
      const decision = desk.state.decisions.find((each) => each.gateId === gate.id);
      return decision ?? (over() ? null : expiry(gate));
    },
  };

  function settle(decision: Decision): void {
    desk.state = { open: null, decisions: keepLast(desk.state.decisions, decision, MAX_DECISIONS) };
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

  return desk;
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
