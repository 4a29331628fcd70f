/** `breakdown: true`: the breakdown role reads the repository and writes the phase's tasks, which are validated like a person's. */
import { reasonOf } from '../../domain/failure.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import type { Feedback } from '../../domain/model/briefing.ts';
import { agentActivities, hostActivities, sharedActivities } from '../activity-proxies.ts';
import { type PhaseRun, phaseRemainingMs } from './state.ts';
import { revisionTask } from '../../domain/progress/revision.ts';
import type { StepResult } from '../flow/step.ts';

export async function breakDown(run: PhaseRun): Promise<StepResult> {
  const { workspace, phase, slug, project, settings, completed, integrationBranch } = run.input;
  if (run.tasks.length > 0) return 'yes';
  const host = hostActivities(workspace.host, `phase ${phase.number}: break down`);
  const feedback: Feedback[] = run.feedback === '' ? [] : [{ from: 'a person', text: run.feedback }];
  for (let attempt = 1; attempt <= settings.limits.attempts; attempt += 1) {
    const key: AttemptKey = { owner: slug, phase: phase.number, task: 0, attempt };
    const task = revisionTask(0, `Break down phase '${phase.name}' into tasks`, '');
    await host.prepareWorktree({
      key,
      workspace,
      branch: phase.branch,
      startSha: run.head,
      keepChanges: false,
    });
    const timeoutMs = Math.min(settings.limits.agentTimeoutMs, phaseRemainingMs(run));
    const agent = agentActivities(workspace.host, `phase ${phase.number}: break down, attempt ${attempt}`);
    const { result, elapsedMs } = await agent.runAgent({
      key,
      workspace,
      role: 'breakdown',
      project,
      phase,
      completed,
      task,
      feedback,
      messages: [],
      git: { branch: phase.branch, basedOn: integrationBranch, target: integrationBranch },
      candidate: null,
      timeoutMs,
      turn: attempt,
    });
    run.workedMs += elapsedMs;
    if (result.kind === 'breakdown') {
      const planned = await sharedActivities('validate tasks').planTasks({
        input: result.tasks,
        existing: [],
      });
      if (planned.kind === 'tasks' && planned.tasks.length > 0) {
        run.tasks = planned.tasks;
        return 'yes';
      }
      feedback.push({
        from: 'the orchestrator',
        text: planned.kind === 'invalid' ? planned.problems.join('\n') : 'There was no task in the answer.',
      });
    } else {
      feedback.push({
        from: 'the orchestrator',
        text: 'message' in result ? result.message : 'The answer was not a list of tasks.',
      });
    }
  }
  run.reason = reasonOf('BreakdownFailed');
  run.detail = `The breakdown role wrote no usable tasks in ${settings.limits.attempts} attempts. Last: ${feedback.at(-1)?.text ?? ''}`;
  return 'end';
}
