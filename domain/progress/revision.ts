/** Revision tasks: what people or a conflict ask of work that was already accepted, as one more task on the same branch. */
import type { OpenMerge } from '../model/git.ts';
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

/** What an agent is told about a merge that git could not finish. */
export function mergeRequest(other: string, branch: string, { files }: OpenMerge): string {
  return `'${other}' moved and conflicts with '${branch}' in ${files.join(', ')}. Both sides are merged in your worktree; these files hold conflict markers. Resolve each so that what both sides meant is kept, and leave no marker.`;
}
