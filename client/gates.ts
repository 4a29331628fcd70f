/** Which gate an answer is for, and what it comes to when none is open. Pure. */
import { type Answer, type Decision, type Gate, decide } from '../domain/approval/gate.ts';
import { phaseWorkflowId } from '../domain/names/workflow-ids.ts';
import type { FailureCode } from '../domain/failure.ts';
import { PhasewrightError } from './errors.ts';
import type { Status } from './status-view.ts';

export interface OpenGate {
  readonly gate: Gate;
  /** Null: the project's own gate, or a standalone task's. */
  readonly phase: number | null;
  /** The workflow that owns it and is addressed directly. */
  readonly workflowId: string;
}

/** The phases' gates first: the project's own opens after them. */
export function openGates(status: Status): readonly OpenGate[] {
  const own = status.gate === null ? [] : [{ gate: status.gate, phase: null, workflowId: status.workflowId }];
  if (status.kind === 'task') return own;
  const phases = status.phases.flatMap(({ number, gate }) =>
    gate === null ? [] : [{ gate, phase: number, workflowId: phaseWorkflowId(status.slug, number) }],
  );
  return [...phases, ...own];
}

export interface Asked {
  readonly phase?: number | undefined;
  readonly gateId?: string | undefined;
}

/** Undefined: none that fits is open. A phase that is not there is refused by name. */
export function chooseGate(status: Status, { phase, gateId }: Asked): OpenGate | undefined {
  const missing = phase === undefined ? null : missingPhase(status, phase);
  if (missing !== null) throw new PhasewrightError('GateMismatch', missing);
  return openGates(status).find(
    (open) =>
      (phase === undefined || open.phase === phase) && (gateId === undefined || open.gate.id === gateId),
  );
}

/** Before the plan is made nobody knows how many phases there are. */
function missingPhase(status: Status, phase: number): string | null {
  if (status.kind === 'task') return `'${status.slug}' is a standalone task: it has no phases.`;
  const { length } = status.phases;
  if (length === 0 || phase <= length) return null;
  return `There is no phase ${phase}: '${status.slug}' has ${length === 1 ? 'one' : length}.`;
}

/** What happens instead of waiting, for sentences. */
export function instead(status: Status): string {
  const what = status.kind === 'task' ? 'the task' : 'the project';
  if (status.waitingFor !== null) return `${what} waits for ${status.waitingFor}`;
  const doing =
    status.kind === 'task' ? status.detail : status.phases.find((phase) => phase.status === 'running');
  if (typeof doing === 'string') return `${what} is ${status.condition}: ${doing}`;
  if (doing === undefined) return `${what} is ${status.condition}`;
  const task = doing.tasks.find((each) => each.status !== 'done' && each.status !== 'incoming');
  const at = task === undefined ? '' : `, task ${task.number} '${task.title}' (${task.detail})`;
  return `${what} is ${status.condition}: phase ${doing.number} '${doing.name}'${at}`;
}

export type Settled =
  | { readonly kind: 'repeated'; readonly decision: Decision }
  | { readonly kind: 'refused'; readonly code: FailureCode; readonly message: string };

/** An answer when the gate it means isn't open: a repeat of what was decided, or a refusal. */
export function settle(status: Status, answer: Answer, { phase }: Asked, now: number): Settled {
  const decisions = status.decisions.filter(
    ({ gateId }) => phase === undefined || gateId.startsWith(`phase-${phase}.`),
  );
  const others = openGates(status)
    .map((open) => (open.phase === null ? `gate '${open.gate.id}'` : `phase ${open.phase}`))
    .join(' and ');
  const ruling = decide(
    { open: null, decisions },
    answer,
    now,
    others === '' ? instead(status) : `only ${others} waits`,
  );
  // Without an open gate nothing can be decided here.
  if (ruling.kind === 'decided')
    throw new Error(`A closed gate of '${status.slug}' was decided; this is a bug.`);
  return ruling.kind === 'repeated' ? ruling : { kind: 'refused', ...ruling.refusal };
}
