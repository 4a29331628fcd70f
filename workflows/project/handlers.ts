/** What people may say to a project. A phase owns its gate: an answer is checked against what the phase reported, then forwarded. */
import { condition, getExternalWorkflowHandle, uuid4 } from '@temporalio/workflow';
import { type GateState, type Refusal, describeDecision, decide } from '../../domain/approval/gate.ts';
import { type AmendMessage, type ApproveMessage, toAnswer } from '../../domain/messages/messages.ts';
import { phaseWorkflowId } from '../../domain/names/workflow-ids.ts';
import { amend, amendProblem } from './amend.ts';
import {
  amendSignal,
  amendUpdate,
  codeHostChangedSignal,
  answerSignal,
  answerUpdate,
  approveSignal,
  approveUpdate,
  type DecisionAnswer,
  extendBudgetSignal,
  extendBudgetUpdate,
  phaseReportedSignal,
  messageSignal,
  messageUpdate,
  pauseSignal,
  pauseUpdate,
  questionChangedSignal,
  rejectSignal,
  rejectUpdate,
  resumeSignal,
  resumeUpdate,
  retrySignal,
  retryUpdate,
} from '../messages.ts';
import { mergeDecisions, type ProjectRun, waitsFor } from './state.ts';

const notWaiting = (message: string): Refusal => ({ code: 'NotWaiting', message });

export function listenToProject(run: ProjectRun, slug: string, onChange: () => void): void {
  const { handlers } = run;
  const phaseHandle = () =>
    run.activePhase === null
      ? null
      : getExternalWorkflowHandle(phaseWorkflowId(slug, run.activePhase.number));
  const instead = () => `the project is ${run.condition}: ${waitsFor(run) ?? run.detail}`;

  for (const [action, update, signal] of [
    ['approve', approveUpdate, approveSignal],
    ['reject', rejectUpdate, rejectSignal],
  ] as const) {
    const ask = (message: ApproveMessage, id: string | null) =>
      toAnswer(action, message, { commandId: id, from: 'api' });
    handlers.listen<ApproveMessage, DecisionAnswer>({
      name: action,
      update: update as typeof approveUpdate,
      signal: signal as typeof approveSignal,
      judge: (message, id) => {
        if (run.condition === 'done' || run.condition === 'cancelled')
          return { code: 'ProjectClosed', message: `The project is ${run.condition}.` };
        if (message.gateId === undefined && message.headSha === undefined) {
          return {
            code: 'InvalidMessage',
            message: `Name 'gateId' or 'headSha' of what you looked at, so that a double click can't ${action} the next gate. 'status' shows both.`,
          };
        }
        const ruling = decide(gatesOf(run), ask(message, id), Date.now(), instead());
        return ruling.kind === 'refused' ? ruling.refusal : null;
      },
      act: async (message, id) => {
        const commandId = id ?? uuid4();
        const answer = ask({ ...message, commandId }, commandId);
        const ruling = decide(gatesOf(run), answer, Date.now(), instead());
        if (ruling.kind === 'refused') return ruling.refusal;
        if (ruling.kind === 'already_decided')
          return {
            alreadyDecided: true,
            decision: ruling.decision,
            message: describeDecision(ruling.decision),
          };
        if (run.approvalGate.state.open !== null) return run.approvalGate.answer(answer);
        const phase = phaseHandle();
        const gate = run.activePhase?.gate;
        if (phase === null || gate === null || gate === undefined)
          return { code: 'NoOpenGate', message: `Nothing waits for an answer: ${instead()}.` };
        await phase.signal(signal, {
          ...message,
          commandId,
          gateId: gate.id,
          comment: message.comment ?? '',
        });
        const number = run.activePhase?.number;
        const decided = () => run.decisions.find((decision) => decision.gateId === gate.id);
        const refused = () => run.refusals.find((each) => each.commandId === commandId);
        await condition(
          () => decided() !== undefined || refused() !== undefined || run.activePhase?.number !== number,
        );
        const refusal = refused();
        if (refusal !== undefined) return refusal.refusal;
        const decision = decided();
        if (decision === undefined)
          return { code: 'NoOpenGate', message: `The phase ended before it heard the answer: ${instead()}.` };
        if (decision.action !== action)
          return { code: 'AlreadyDecided', message: describeDecision(decision) };
        return {
          alreadyDecided: decision.commandId !== commandId,
          decision,
          message: describeDecision(decision),
        };
      },
    });
  }

  handlers.listen({
    name: 'retry',
    update: retryUpdate,
    signal: retrySignal,
    judge: ({ phase }) => {
      if (!run.awaitsRetry) return notWaiting(`Nothing has failed: ${instead()}.`);
      const failed = run.advances.at(-1);
      if (
        phase !== undefined &&
        failed?.stage === 'complete_phase' &&
        failed.phaseCompleted.number !== phase
      ) {
        return notWaiting(`Phase ${failed.phaseCompleted.number} failed, not phase ${phase}.`);
      }
      return null;
    },
    act: ({ feedback }) => {
      run.retry = { feedback: feedback ?? null };
      return { message: 'It goes on from there; accepted tasks are kept.' };
    },
  });
  handlers.listen({
    name: 'pause',
    update: pauseUpdate,
    signal: pauseSignal,
    act: async (message) => {
      run.paused = true;
      onChange();
      await forward(() => phaseHandle()?.signal(pauseSignal, message));
      return { message: 'Paused: nothing new starts, what runs finishes, gates can be answered.' };
    },
  });
  handlers.listen({
    name: 'resume',
    update: resumeUpdate,
    signal: resumeSignal,
    act: async (message) => {
      run.paused = false;
      onChange();
      await forward(() => phaseHandle()?.signal(resumeSignal, message));
      return { message: 'Resumed.' };
    },
  });
  handlers.listen({
    name: 'answer',
    update: answerUpdate,
    signal: answerSignal,
    judge: () =>
      (run.activePhase?.question ?? run.question) === null
        ? notWaiting(`No agent has asked anything: ${instead()}.`)
        : null,
    act: async (message) => {
      await forward(() => (run.question === null ? phaseHandle()?.signal(answerSignal, message) : undefined));
      return { message: 'The answer went to the task that asked.' };
    },
  });
  handlers.listen({
    name: 'message',
    update: messageUpdate,
    signal: messageSignal,
    judge: () =>
      run.activePhase === null ? notWaiting(`No phase runs that could hear it: ${instead()}.`) : null,
    act: async (message) => {
      await forward(() => phaseHandle()?.signal(messageSignal, message));
      return {
        message: `It went to phase ${run.activePhase?.number ?? ''}; 'status' shows when an agent read it.`,
      };
    },
  });
  handlers.listen({
    name: 'extendBudget',
    update: extendBudgetUpdate,
    signal: extendBudgetSignal,
    judge: ({ usd, tokens }) =>
      usd === undefined && tokens === undefined
        ? { code: 'InvalidMessage', message: "Name 'usd' or 'tokens': what to add." }
        : null,
    act: ({ usd, tokens }) => {
      const add = (limit: number | null, more: number | undefined) =>
        limit === null || more === undefined ? limit : limit + more;
      run.budget = { usd: add(run.budget.usd, usd), tokens: add(run.budget.tokens, tokens) };
      return {
        message: `The budget is now ${run.budget.usd === null ? 'unlimited' : `${run.budget.usd} USD`}, ${run.budget.tokens === null ? 'unlimited' : run.budget.tokens} tokens. It counts from the next phase or retry on.`,
      };
    },
  });
  handlers.listen<AmendMessage, { readonly message: string }>({
    name: 'amend',
    update: amendUpdate,
    signal: amendSignal,
    judge: (message) => amendProblem(run, message),
    act: (message) => amend(run, message),
  });

  handlers.hear('codeHostChanged', codeHostChangedSignal, (hint) => {
    const activePhase = run.activePhase;
    run.listener.wakeUps += 1;
    // A phase looks at its own pull request by itself.
    if (
      activePhase?.pullRequest != null &&
      (hint.number === null || hint.number === activePhase.pullRequest.number)
    )
      void forward(() => phaseHandle()?.signal(codeHostChangedSignal, hint));
  });
  handlers.hear('phaseReported', phaseReportedSignal, (report) => {
    const activePhase = run.activePhase;
    if (
      activePhase === null ||
      activePhase.number !== report.phase ||
      report.sequence <= activePhase.sequence
    )
      return;
    const { status, gate, pullRequest, headSha, sequence, tasks, baseSha, heldUp = null } = report;
    run.activePhase = {
      ...activePhase,
      status,
      gate,
      pullRequest,
      headSha,
      sequence,
      tasks,
      baseSha,
      heldUp,
    };
    run.decisions = mergeDecisions(run.decisions, report.decisions);
    run.refusals = report.refusals;
    onChange();
  });
  handlers.hear('questionChanged', questionChangedSignal, ({ task, question }) => {
    const asked = question === null ? null : { task, text: question };
    // A revision of the whole project runs as our own child; a phase's task reports through its phase.
    if (run.activePhase === null) run.question = asked;
    else run.activePhase = { ...run.activePhase, question: asked };
    onChange();
  });
} /** The project's own gate, or the running phase's as it told us. */
function gatesOf(run: ProjectRun): GateState {
  return {
    open: run.approvalGate.state.open ?? run.activePhase?.gate ?? null,
    decisions: mergeDecisions(run.decisions, run.approvalGate.state.decisions),
  };
}

/** The child may have ended meanwhile; a new one starts with the project's own state. */
async function forward(send: () => Promise<void> | undefined): Promise<void> {
  try {
    await send();
  } catch {
    // ended: nothing to tell
  }
}
