/** Asking people: a gate is opened, reminded of, expires, and is answered once. Phases, projects and standalone tasks share it. */
import { condition } from '@temporalio/workflow';
import type { Notice } from '../domain/effects.ts';
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
} from '../domain/gate.ts';
import { keepLast } from '../domain/messages.ts';
import type { ProjectSettings } from '../domain/project.ts';
import { sharedActivities } from './activity-proxies.ts';
import type { DecisionAnswer } from './messages.ts';

const MAX_DECISIONS = 50;

export interface Desk {
  state: GateState;
  /** The answer of a person: decided, repeated, or refused with a reason. Never throws. */
  answer(answer: Answer): DecisionAnswer | Refusal;
  /** Whether `answer` would be refused; changes nothing. */
  weigh(answer: Answer): Refusal | null;
  /** Opens the gate and waits for a person. An expired gate rejects or holds, by policy; it never approves. */
  ask(question: Question): Promise<Decision>;
}

export type Question = Pick<Gate, 'id' | 'question' | 'headSha' | 'baseSha' | 'checks'> & {
  readonly command: string;
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

    async ask({ command, ...asked }) {
      const { approval } = options.settings();
      let gate = openGate(asked, approval, Date.now());
      desk.state = { ...desk.state, open: gate };
      options.onChange();
      tell('gate_opened', gate, command);

      const decision = () => desk.state.decisions.find((each) => each.gateId === gate.id);
      for (let reminded = 0, reminders = 0, expired = false; decision() === undefined; ) {
        const pausedSince = Date.now();
        await condition(() => !options.isPaused() || decision() !== undefined);
        const pausedFor = Date.now() - pausedSince;
        if (pausedFor > 0 && desk.state.open !== null) {
          gate = { ...gate, remindAt: gate.remindAt + pausedFor, expireAt: gate.expireAt + pausedFor };
          desk.state = { ...desk.state, open: gate };
          options.onChange();
        }
        const due = nextDeadline(gate, approval, reminded, expired);
        if (due === null) break;
        const wait = Math.max(1, due.at - Date.now());
        if (
          await condition(() => decision() !== undefined || options.isPaused(), wait, {
            summary: `${gate.id}: ${due.kind}`,
          })
        )
          continue;
        if (due.kind === 'remind') {
          reminded += 1;
          reminders += 1;
          tell('gate_reminder', gate, command, reminders);
        } else {
          expired = true;
          reminded = 0;
          tell('gate_expired', gate, command);
          if (approval.onExpiry === 'reject') settle(expiry(gate));
        }
      }
      return decision() ?? expiry(gate);
    },
  };

  function settle(decision: Decision): void {
    desk.state = { open: null, decisions: keepLast(desk.state.decisions, decision, MAX_DECISIONS) };
    options.onChange();
  }

  /** Not awaited: a channel that is down never holds a project up. */
  function tell(kind: Notice['kind'], gate: Gate, command: string, nth = 0): void {
    const { notify } = options.settings();
    if (notify.length === 0) return;
    const project = options.project();
    const notice: Notice = {
      id: `${project}:${gate.id}:${kind}:${nth}`,
      kind,
      project,
      title: gate.question,
      text: gateText(gate),
      command,
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
