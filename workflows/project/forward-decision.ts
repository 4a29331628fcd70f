/** A decision that people send to the project: its own gate's, or the running phase's, which hears it and reports what became of it. */
import { mergeDecisions } from '../../domain/approval/decisions.ts';
import { condition, uuid4 } from '@temporalio/workflow';
import {
  type Answer,
  decide,
  describeDecision,
  type GateState,
  type Refusal,
  type Ruling,
} from '../../domain/approval/gate.ts';
import { refuse } from '../messaging/command-handler.ts';
import type { ProjectRun } from './state.ts';
import { whatHappens } from './view.ts';

export function validateDecision(run: ProjectRun, answer: Answer): Refusal | null {
  if (run.state.condition === 'done' || run.state.condition === 'cancelled')
    return { code: 'ProjectClosed', message: `The project is ${run.state.condition}.` };
  if (answer.gateId === null && answer.headSha === null) {
    return {
      code: 'InvalidMessage',
      message: `Name 'gateId' or 'headSha' of what you looked at, so that a double click can't ${answer.action} the next gate. 'status' shows both.`,
    };
  }
  const ruling = decide(gatesOf(run), answer, Date.now(), whatHappens(run));
  return ruling.kind === 'refused' ? ruling.refusal : null;
}

export async function decideOrForward(run: ProjectRun, answer: Answer): Promise<Ruling> {
  const ruling = decide(gatesOf(run), answer, Date.now(), whatHappens(run));
  if (ruling.kind !== 'decided') return ruling;
  if (run.live.approvalGate.state.open !== null) return run.live.approvalGate.answer(answer);
  return forwardDecision(run, ruling.decision.gateId, answer);
}

/** The project's own gate, or the running phase's as it told us. */
function gatesOf(run: ProjectRun): GateState {
  return {
    open: run.live.approvalGate.state.open ?? run.live.activePhase?.gate ?? null,
    decisions: mergeDecisions(run.state.decisions, run.live.approvalGate.state.decisions),
  };
}

async function forwardDecision(run: ProjectRun, gateId: string, answer: Answer): Promise<Ruling> {
  const phase = run.live.activePhase?.number;
  const ended = () =>
    refuse('NoOpenGate', `Phase ${phase ?? ''} ended before it heard the answer: ${whatHappens(run)}.`);
  const { action, headSha, by, from, comment } = answer;
  // Under an id of its own, by which the phase says what became of it.
  const commandId = answer.commandId ?? uuid4();
  const told = await run.live.outbox.post(action, { commandId, gateId, headSha, by, from, comment });
  if (told === 'gone') return ended();

  const decided = () => run.state.decisions.find((decision) => decision.gateId === gateId);
  const refused = () => run.live.refusals.find((each) => each.commandId === commandId);
  await condition(
    () => decided() !== undefined || refused() !== undefined || run.live.activePhase?.number !== phase,
  );
  const refusal = refused();
  if (refusal !== undefined) return { kind: 'refused', refusal: refusal.refusal };
  const decision = decided();
  if (decision === undefined) return ended();
  if (decision.action !== action) return refuse('AlreadyDecided', describeDecision(decision));
  return { kind: decision.commandId === commandId ? 'decided' : 'repeated', decision };
}
