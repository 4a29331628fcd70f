/** The git commands of one project by themselves, without Temporal: what the shape floor leaves out. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { integrationBranch, phaseBranch } from './branches.ts';
import { openGitSteps } from './git-steps.ts';
import { childrenCpuMs } from './processor-time.ts';
import type { Size } from './side.ts';
import { numbers } from './statistics.ts';
import type { GitUse } from './worker.ts';

/** Carries out one project; its commands in order. */
export type GitFloor = (project: string, size: Size) => Promise<readonly GitUse[]>;

export async function openGitFloor(folder: string, remote: string): Promise<GitFloor> {
  let done: GitUse[] = [];
  let counted = childrenCpuMs();
  const steps = await openGitSteps(folder, remote, (verb, ms) => {
    const cpuMs = childrenCpuMs();
    done.push({ activity: '', verb, ms, cpuMs: cpuMs - counted });
    counted = cpuMs;
  });
  return async (project, { phases, tasks }) => {
    done = [];
    counted = childrenCpuMs();
    const date = new Date().toISOString();
    const integration = integrationBranch(project);
    const baseSha = await steps.openProject(project);
    let integrationSha = baseSha;
    for (const phase of numbers(phases)) {
      const branch = phaseBranch(project, phase);
      await steps.openPhase(project, phase, integrationSha);
      let headSha = integrationSha;
      for (const task of numbers(tasks)) {
        mkdirSync(join(steps.worktree(project), 'work'), { recursive: true });
        writeFileSync(join(steps.worktree(project), 'work', `${phase}-${task}.txt`), `${project}\n`);
        const subject = `Task ${task} of phase ${phase}`;
        const sha = await steps.commit({ project, branch, parentSha: headSha, subject, date });
        await steps.push(branch, sha, task === 1 ? null : headSha);
        headSha = sha;
      }
      const merge = { oursSha: integrationSha, theirsSha: headSha, subject: `Merge ${branch}`, date };
      integrationSha = await steps.merge({ ...merge, into: integration });
    }
    const merge = { oursSha: baseSha, theirsSha: integrationSha, subject: `Merge ${integration}`, date };
    await steps.merge({ ...merge, into: 'main' });
    await steps.closeProject(project);
    return done;
  };
}
