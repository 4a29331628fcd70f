/** Revision tasks: what people or a conflict ask of work that was already accepted, as one more task on the same branch. */
import type { TaskSpec } from '../model/project.ts';

export const revisionTask = (number: number, title: string, feedback: string): TaskSpec => ({
  number,
  title,
  description: feedback,
  acceptance: [],
  role: 'implementer',
  dependsOn: [],
  priority: 0,
});
