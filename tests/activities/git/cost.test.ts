/** What a standard project costs in git processes: three phases of two tasks, a pull request each and one at the end, nobody asked. */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { runChecks } from '../../../activities/checks/checks.ts';
import { createCommandRunner } from '../../../activities/checks/command/index.ts';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import { createLocalCodeHost } from '../../../activities/code-host/local/index.ts';
import { createGitActivities } from '../../../activities/git/activities.ts';
import type { Fence } from '../../../domain/model/git.ts';
import { createWorld, git, stampOf, type World, write } from './support.ts';
import { patienceMs } from '../../support/eventually.ts';

const integration = 'project/demo/integration';

let world: World;
beforeEach(() => {
  world = createWorld();
  git(world.repository, 'switch', '-q', '--detach');
});
afterEach(() => world.remove());

function only<Answer extends { readonly kind: string }, Kind extends Answer['kind']>(
  answer: Answer,
  kind: Kind,
): Extract<Answer, { readonly kind: Kind }> {
  if (answer.kind !== kind) throw new Error(JSON.stringify(answer));
  return answer as Extract<Answer, { readonly kind: Kind }>;
}

function activitiesOf({ port, dataDir, root }: World) {
  const artifacts = createFileArtifacts({ root: join(dataDir, 'artifacts') });
  const environment = { PATH: process.env['PATH'], HOME: root };
  const runner = createCommandRunner({ dataDir, environment });
  const checks = { git: port, artifacts, dataDir, runner, setUps: new Map<string, string>() };
  const host = createLocalCodeHost({ git: port, dataDir });
  return {
    ...createGitActivities({
      git: port,
      runChecks: (request, run) => runChecks(checks, request, run),
    }),
    ...createCodeHostActivities({ hostFor: () => host, git: port }),
  };
}

async function carryOut(): Promise<void> {
  const { workspace, port, base } = world;
  const { createBranch, closeWorkspace, ...activities } = activitiesOf(world);
  const begin = { workspace, siblings: [], own: null };
  await port.resolveBase(workspace.repository, null);
  await port.listFiles(workspace.repository, base, '.phasewright/flows');
  let fence: Fence | null = null;
  const from = { kind: 'sha', sha: base } as const;
  const made = only(await createBranch({ ...begin, branch: integration, from, fence }), 'ready');
  let integrationSha = made.headSha;
  fence = made.fence;
  for (const phase of [1, 2, 3]) {
    const branch = `project/demo/phase/${phase}/step`;
    const tip = { kind: 'tip', branch: integration, landedSha: integrationSha } as const;
    const ready = only(await createBranch({ ...begin, branch, from: tip, fence }), 'ready');
    let landed = { sha: ready.headSha, fence: ready.fence };
    for (const task of [1, 2]) landed = await landTask(activities, branch, phase, task, landed);
    const head = { branch, sha: landed.sha };
    const merged = await merge(activities, head, { branch: integration, sha: integrationSha }, landed.fence);
    integrationSha = merged.sha;
    fence = merged.fence;
  }
  const head = { branch: integration, sha: integrationSha };
  ({ fence } = await merge(activities, head, { branch: 'main', sha: base }, fence));
  await closeWorkspace({ workspace, fence });
}

type Activities = Omit<ReturnType<typeof activitiesOf>, 'createBranch' | 'closeWorkspace'>;
interface Tip {
  readonly branch: string;
  readonly sha: string;
}

async function landTask(
  { prepareWorktree, commitCandidate, land }: Activities,
  branch: string,
  phase: number,
  task: number,
  { sha: startSha, fence }: { readonly sha: string; readonly fence: Fence },
): Promise<{ sha: string; fence: Fence }> {
  const { workspace, port, base } = world;
  const key = { owner: 'demo', phase, task, attempt: 1 };
  await prepareWorktree({ key, workspace, branch, startSha, keepChanges: false });
  write(port.worktreePath(workspace), { [`${phase}-${task}.txt`]: 'done\n' });
  const candidate = await commitCandidate({
    key,
    workspace,
    branch,
    headSha: startSha,
    startSha,
    baseSha: base,
    merge: null,
    metadata: stampOf(`Task ${task}`, task),
    checks: { setup: [], commands: ['true'], timeoutMs: patienceMs },
  });
  const { sha, checks } = only(candidate, 'candidate');
  expect(checks?.passed).toBe(true);
  return only(await land({ workspace, branch, expected: startSha, sha, fence }), 'landed');
}

async function merge(
  { ensurePullRequest, mergePullRequest }: Activities,
  head: Tip,
  base: Tip,
  fence: Fence,
): Promise<{ sha: string; fence: Fence }> {
  const { workspace } = world;
  const between = { workspace, headBranch: head.branch, baseBranch: base.branch, required: [head.sha] };
  const text = { title: 'Work', body: 'Why.', marker: `<!-- ${head.branch} -->` };
  const opened = await ensurePullRequest({ ...between, headSha: head.sha, baseSha: base.sha, ...text });
  const merged = await mergePullRequest({
    ...between,
    number: only(opened, 'open').pullRequest.number,
    expectedHeadSha: head.sha,
    expectedBaseSha: base.sha,
    method: 'merge',
    metadata: stampOf('Merge'),
    fence,
  });
  return only(merged, 'merged');
}

it('needs at most 60 git commands, and two a task for the checks that have a checkout of their own', async () => {
  world.verbs.length = 0;
  await carryOut();
  expect(git(world.repository, 'ls-tree', '--name-only', 'main')).toContain('3-2.txt');
  expect(world.verbs.length).toBeLessThanOrEqual(60 + 2 * 6);
});
