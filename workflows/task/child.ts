/** A task that a phase, or a project that is revised, starts. */
import { newLanding } from '../../domain/landing/state.ts';
import type { Receipt } from '../../domain/messages/messages.ts';
import { requireOurs } from '../support/inputs.ts';
import type { ChildTaskInput } from './input.ts';
import type { PlannedTask, TaskRun } from './state.ts';

export function adopt(run: TaskRun, input: ChildTaskInput): PlannedTask {
  requireOurs('Task', input, [
    'project',
    'phase',
    'task',
    'workspace',
    'flow',
    'settings',
    'git',
    'completed',
    'earlier',
    'fence',
    'budget',
  ]);
  const { schema: _schema, kind: _kind, headSha, fence, earlier, merge, paused: _paused, ...rest } = input;
  const { attempts, feedback, candidate, messages = [] } = earlier;
  Object.assign(run.state, {
    // Of a project's task only the head counts: its phase lands.
    landing: newLanding({ headSha, baseSha: headSha, startSha: headSha }),
    fence,
    merge,
    attempt: attempts,
    lastAttempt: attempts + input.settings.limits.attempts,
    feedback,
    // What came with its first workflow task is there already.
    messages: [
      ...messages.map((receipt): Receipt => ({ ...receipt, state: 'waiting' })),
      ...run.state.messages,
    ],
    nextStartSha: candidate?.onSha === headSha ? candidate.sha : null,
  } satisfies Partial<TaskRun['state']>);
  return Object.assign(run, {
    plan: { ...rest, standalone: false, owner: input.slug, baseBranch: input.git.target },
  });
}
