/**
 * The program floor: the cheapest Temporal and git program that keeps the product's promises for a project of this size. It has
 * none of the product's workflows, messages and views, so that what these cost, and the number of activities, can be seen.
 */
import {
  ApplicationFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import { integrationBranch, phaseBranch } from './branches.ts';
import type { ProgramActivities } from './program-activities.ts';

export interface ProgramInput {
  readonly project: string;
  readonly phases: number;
  readonly tasks: number;
  /** People decide before each merge. */
  readonly gated: boolean;
}

const activities = proxyActivities<ProgramActivities>({ startToCloseTimeout: '10m', heartbeatTimeout: '1m' });
const approveUpdate = defineUpdate<void>('approve');
const approveSignal = defineSignal('approve');
const status = defineQuery<{ readonly gate: string | null }>('status');

export async function programWorkflow({ project, phases, tasks, gated }: ProgramInput): Promise<void> {
  let gate: string | null = null;
  let approved = false;
  const approve = () => {
    approved = gate !== null;
  };
  setHandler(approveUpdate, approve);
  setHandler(approveSignal, approve);
  setHandler(status, () => ({ gate }));
  const decide = async (name: string) => {
    if (!gated) return;
    [gate, approved] = [name, false];
    await condition(() => approved);
    gate = null;
  };
  const date = () => new Date().toISOString();

  const integration = integrationBranch(project);
  const { baseSha } = await activities.openProject({ project });
  let integrationSha = baseSha;
  for (let phase = 1; phase <= phases; phase += 1) {
    await activities.openPhase({ project, phase, fromSha: integrationSha });
    let headSha = integrationSha;
    for (let task = 1; task <= tasks; task += 1) {
      const sha = await carryOut({ project, phase, task, parentSha: headSha, date: date() });
      await activities.landTask({ project, phase, task, sha, expectedSha: task === 1 ? null : headSha });
      headSha = sha;
    }
    const pull = { project, headBranch: phaseBranch(project, phase), headSha, baseBranch: integration };
    await activities.ensurePullRequest(pull);
    await decide(`phase ${phase}`);
    ({ sha: integrationSha } = await activities.mergePullRequest({
      ...pull,
      baseSha: integrationSha,
      date: date(),
    }));
  }
  const pull = { project, headBranch: integration, headSha: integrationSha, baseBranch: 'main' };
  await activities.ensurePullRequest(pull);
  await decide('project');
  await activities.mergePullRequest({ ...pull, baseSha, date: date() });
  await activities.closeProject({ project });
}

/** Maker, checks, judge. Nobody objects in a benchmark: what an objection costs is not measured. */
async function carryOut(task: Parameters<ProgramActivities['commitAndCheck']>[0]): Promise<string> {
  await activities.runMaker(task);
  const { sha, passed } = await activities.commitAndCheck(task);
  if (passed && (await activities.runJudge({ sha })).decision === 'accept') return sha;
  throw ApplicationFailure.nonRetryable(`Task ${task.task} of phase ${task.phase} was not accepted.`);
}
