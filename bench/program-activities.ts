/**
 * The activities of the program floor: one per thing that must not be done again because the next one failed. An agent's work
 * is dear, a push can be seen by others, a pull request is a number that people know.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { phaseBranch } from './branches.ts';
import { openGitSteps } from './git-steps.ts';

interface TaskRequest {
  readonly project: string;
  readonly phase: number;
  readonly task: number;
}
export interface CandidateRequest extends TaskRequest {
  readonly parentSha: string;
  readonly date: string;
}
export interface PullRequestRequest {
  readonly project: string;
  readonly headBranch: string;
  readonly headSha: string;
  readonly baseBranch: string;
}
export interface MergeRequest extends PullRequestRequest {
  readonly baseSha: string;
  readonly date: string;
}
export type ProgramActivities = Awaited<ReturnType<typeof createProgramActivities>>;

export interface ProgramOptions {
  readonly folder: string;
  readonly remote: string;
  readonly onCommand: (verb: string, ms: number) => void;
}

export async function createProgramActivities({ folder, remote, onCommand }: ProgramOptions) {
  const steps = await openGitSteps(folder, remote, onCommand);
  const pulls = join(folder, 'pulls');
  mkdirSync(pulls);
  const recordOf = ({ project, headBranch }: PullRequestRequest) =>
    join(pulls, `${project}-${headBranch.replaceAll('/', '-')}.json`);

  return {
    async openProject({ project }: { readonly project: string }) {
      return { baseSha: await steps.openProject(project) };
    },
    async openPhase({ project, phase, fromSha }: Omit<TaskRequest, 'task'> & { readonly fromSha: string }) {
      await steps.openPhase(project, phase, fromSha);
    },
    /** As the product's recorded agent does: one file per task. */
    async runMaker({ project, phase, task }: TaskRequest) {
      const folderOfWork = join(steps.worktree(project), 'work');
      mkdirSync(folderOfWork, { recursive: true });
      writeFileSync(join(folderOfWork, `${phase}-${task}.txt`), `${project}\n`);
      return { outcome: 'done', summary: 'wrote a file' };
    },
    async commitAndCheck({ project, phase, task, parentSha, date }: CandidateRequest) {
      const branch = phaseBranch(project, phase);
      const subject = `Task ${task} of phase ${phase}`;
      const sha = await steps.commit({ project, branch, parentSha, subject, date });
      const [code] = await once(spawn('sh', ['-c', 'true'], { cwd: steps.worktree(project) }), 'close');
      return { sha, passed: code === 0 };
    },
    async runJudge({ sha }: { readonly sha: string }) {
      return { sha, decision: 'accept' };
    },
    async landTask(request: TaskRequest & { readonly sha: string; readonly expectedSha: string | null }) {
      await steps.push(phaseBranch(request.project, request.phase), request.sha, request.expectedSha);
    },
    async ensurePullRequest(request: PullRequestRequest) {
      writeFileSync(recordOf(request), JSON.stringify({ ...request, state: 'open' }));
    },
    async mergePullRequest(request: MergeRequest) {
      const sha = await steps.merge({
        into: request.baseBranch,
        oursSha: request.baseSha,
        theirsSha: request.headSha,
        subject: `Merge ${request.headBranch}`,
        date: request.date,
      });
      const record = JSON.parse(readFileSync(recordOf(request), 'utf8')) as object;
      writeFileSync(recordOf(request), JSON.stringify({ ...record, state: 'merged', sha }));
      return { sha };
    },
    async closeProject({ project }: { readonly project: string }) {
      await steps.closeProject(project);
    },
  };
}
