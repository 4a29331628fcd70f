/** One attempt: the worktree is put where it starts, set up, and given to the maker. What it says becomes a decision of the flow. */
import { explain, reasonOf } from '../../domain/failure.ts';
import type { Answer } from '../../domain/model/agent-result.ts';
import { workspaceOf } from '../../domain/model/cone.ts';
import type { Role } from '../../domain/model/project.ts';
import { firstAndLast } from '../../domain/progress/used-up.ts';
import { hostActivities } from '../activity-proxies.ts';
import { stop, type Stopped } from '../flow/step.ts';
import { decision, type WorkOutcome } from '../flow/walk.ts';
import { notPaused } from '../support/pause.ts';
import { runAgent } from './run-agent.ts';
import { addFeedback, attemptKey, type PlannedTask, remainingMs, setStatus } from './state.ts';

export async function make(run: PlannedTask, role: Role, first: boolean): Promise<WorkOutcome> {
  const { state } = run;
  // With an answer, or as a later maker of the same attempt, it goes on with what is there.
  const goesOn = state.answered || !first;
  const usedUp = goesOn ? null : beginAttempt(run);
  if (usedUp !== null) return usedUp;
  if (goesOn && state.candidate !== null) state.startSha = state.candidate.sha;
  state.reason = null;

  setStatus(run, 'claimed', `attempt ${state.attempt}: the ${role} works`);
  const { keepFiles } = state;
  state.keepFiles = false;
  await prepare(run, goesOn || keepFiles);
  const failed = await setUp(run);
  if (failed !== null) return failed;
  return conclude(run, role, await runAgent(run, role));
}

/** Starts at the rejected candidate, on a merge that is to be finished, or at the branch's head. */
function beginAttempt(run: PlannedTask): Stopped | null {
  const { state, plan, live } = run;
  const { attempts } = plan.settings.limits;
  const last = state.feedback.at(-1)?.text ?? 'no reason given';
  // Feedback is bounded, and the first one may be gone by the end.
  if (state.lastAttempt - state.attempt === attempts - 1) state.firstFailure = last;
  if (state.attempt >= state.lastAttempt) {
    return stop(
      state.reason ?? reasonOf('AttemptsUsedUp'),
      `Used up its ${attempts} attempts. ${firstAndLast(state.firstFailure, last)}`,
    );
  }
  state.attempt += 1;
  state.startSha = state.nextStartSha ?? state.merge?.startSha ?? state.landing.headSha;
  state.candidate = null;
  state.noop = false;
  state.resolved = [];
  // What was learnt from the last one outlives this run, whatever ends it.
  if (state.lastAttempt - state.attempt < attempts - 1) live.reporter.changed();
  return null;
}

async function prepare(run: PlannedTask, keepChanges: boolean): Promise<void> {
  const { plan, state } = run;
  await notPaused(state);
  const summary = `task ${plan.task.number}: worktree for attempt ${state.attempt}`;
  await hostActivities(plan.workspace.host, summary).prepareWorktree({
    key: attemptKey(run),
    workspace: workspaceOf(plan.workspace, state.merge),
    branch: plan.branch,
    startSha: state.startSha,
    keepChanges,
  });
}

async function setUp(run: PlannedTask): Promise<Stopped | null> {
  const { plan, state } = run;
  const { settings, workspace, task } = plan;
  if (settings.setup.length === 0) return null;
  await notPaused(state);
  const setup = await hostActivities(workspace.host, `task ${task.number}: setup`, 'checks').runSetup({
    key: attemptKey(run),
    workspace,
    commands: settings.setup,
    timeoutMs: Math.min(settings.checkTimeoutMs, remainingMs(run)),
  });
  state.workedMs += setup.elapsedMs;
  if (setup.passed) return null;
  // On the branch as it stands nobody's change is to blame; on a rejected candidate the agent gets to mend it.
  if (state.startSha === state.landing.headSha)
    return stop(reasonOf('SetupFailed'), explain('SetupFailed', setup.report));
  addFeedback(run, 'setup', setup.report);
  return null;
}

function conclude(run: PlannedTask, role: Role, result: Answer): WorkOutcome {
  const { state } = run;
  switch (result.kind) {
    case 'maker':
      state.noop = result.outcome === 'done' && result.noop;
      state.resolved = [...state.resolved, ...(result.resolved ?? [])];
      state.summary = result.summary;
      if (result.outcome === 'blocked') state.question = result.question ?? result.summary;
      // A failed attempt's leftovers are not a candidate: the next one starts where this one did.
      if (result.outcome === 'failed')
        giveUp(run, state.startSha, `the ${role}`, `It gave up: ${result.summary}`);
      return decision(result.outcome);
    case 'timed_out':
      state.reason = reasonOf('TimedOut');
      return giveUp(run, state.startSha, 'the orchestrator', result.message);
    case 'unusable':
      return giveUp(run, null, 'the orchestrator', explain(result.type, result.message));
    default: {
      const what = explain('InvalidAgentResult', `a ${role} answered as a ${result.kind}.`);
      return giveUp(run, null, 'the orchestrator', what);
    }
  }
}

function giveUp(run: PlannedTask, nextStartSha: string | null, from: string, text: string): WorkOutcome {
  run.state.nextStartSha = nextStartSha;
  addFeedback(run, from, text);
  return decision('failed');
}
