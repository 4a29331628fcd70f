/** `breakdown: true`: the breakdown role reads the repository and writes the phase's tasks, which are validated like a person's. */
import { sleep } from '@temporalio/workflow';
import { nextTry, unavailableText } from '../../domain/agents/unavailable.ts';
import { reasonOf } from '../../domain/failure.ts';
import type { UnavailableResult } from '../../domain/model/agent-result.ts';
import { withFeedback } from '../../domain/model/briefing.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import type { TaskSpec } from '../../domain/model/project.ts';
import { firstAndLast } from '../../domain/progress/used-up.ts';
import { revisionTask } from '../../domain/progress/revision.ts';
import { firstWords } from '../../domain/text/first-words.ts';
import { firstOf } from '../../domain/text/truncate.ts';
import { agentActivities, hostActivities, sharedActivities } from '../activity-proxies.ts';
import { done, stop, type StepOutcome, type Stopped } from '../flow/step.ts';
import { showPhase } from '../messaging/visibility.ts';
import { isToBreakDown, type PhaseRun, phaseRemainingMs } from './state.ts';

export async function breakDown(run: PhaseRun): Promise<StepOutcome> {
  const { plan, state, live } = run;
  if (!isToBreakDown(run)) return done;
  const { attempts } = plan.settings.limits;
  const failures: string[] = [];
  for (let away = 0; failures.length < attempts; ) {
    state.breakdowns += 1;
    tell(run, failures.length + 1, failures.at(-1));
    const answer = await askForTasks(run);
    if (typeof answer === 'object' && 'kind' in answer) {
      const stopped = await awaitAgent(run, answer, away);
      if (stopped !== null) return stopped;
      away += 1;
      continue;
    }
    away = 0;
    if (typeof answer !== 'string') {
      state.tasks = answer;
      state.words = [];
      // Whatever becomes of this run, they are the phase's tasks.
      live.reporter.changed();
      return done;
    }
    failures.push(answer);
    state.words = withFeedback(state.words, { from: 'the orchestrator', text: answer });
  }
  return stop(
    reasonOf('BreakdownFailed'),
    `The breakdown role wrote no usable tasks in ${attempts} attempts. ${firstAndLast(failures[0] ?? null, failures.at(-1) ?? '')}`,
  );
}

function tell(run: PhaseRun, tries: number, last: string | undefined): void {
  const { attempts } = run.plan.settings.limits;
  run.state.detail =
    last === undefined
      ? 'its tasks are written'
      : `its tasks are written, try ${tries} of ${attempts}; the last answer: ${firstWords(last)}`;
  showPhase(run);
}

/** It could not be had, which is no answer: until the time that was named, else a person's retry goes on. */
async function awaitAgent(run: PhaseRun, result: UnavailableResult, before: number): Promise<Stopped | null> {
  const { live } = run;
  const next = nextTry(result, before, Date.now());
  const text = unavailableText('breakdown', result, next, 'retry');
  if (next === null) return stop(reasonOf('AgentUnavailable'), text);
  live.waitsFor = { kind: 'host', text };
  showPhase(run);
  live.reporter.changed();
  await sleep(Math.max(1, next - Date.now()));
  live.waitsFor = null;
  live.reporter.changed();
  return null;
}

/** The tasks, why the answer is of no use, or that nobody answered. */
async function askForTasks(run: PhaseRun): Promise<readonly TaskSpec[] | UnavailableResult | string> {
  const { plan, state } = run;
  const attempt = state.breakdowns;
  const { workspace, phase, slug, project, settings, completed, integrationBranch } = plan;
  const key: AttemptKey = { owner: slug, phase: phase.number, task: 0, attempt };
  await hostActivities(workspace.host, `phase ${phase.number}: break down`).prepareWorktree({
    key,
    workspace,
    branch: phase.branch,
    startSha: state.landing.headSha,
    keepChanges: false,
  });
  const agent = agentActivities(workspace.host, `phase ${phase.number}: break down, attempt ${attempt}`);
  const { result, elapsedMs } = await agent.runAgent({
    key,
    workspace,
    role: 'breakdown',
    project,
    phase: { number: phase.number, name: phase.name },
    completed,
    task: revisionTask(0, `Break down phase '${phase.name}' into tasks`, ''),
    feedback: state.words,
    messages: [],
    git: { branch: phase.branch, basedOn: integrationBranch, target: integrationBranch },
    candidate: null,
    timeoutMs: Math.min(settings.limits.agentTimeoutMs, phaseRemainingMs(run)),
    turn: attempt,
  });
  state.workedMs += elapsedMs;
  if (result.kind === 'unavailable') return result;
  if (result.kind !== 'breakdown')
    return 'message' in result ? result.message : 'The answer was not a list of tasks.';
  const planned = await sharedActivities('validate tasks').planTasks({ input: result.tasks, existing: [] });
  if (planned.kind === 'invalid') return firstOf(planned.problems, 20).join('\n');
  return planned.tasks.length > 0 ? planned.tasks : 'There was no task in the answer.';
}
