import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { Fence } from '../../../domain/model/git.ts';
import { createWorld, git, landTask, noFence, stampOf, type World, write } from './support.ts';

let world: World;
beforeEach(() => {
  world = createWorld({ files: { 'README.md': 'Hello\n', '.gitignore': 'node_modules/\n' } });
});
afterEach(() => world.remove());

const integration = 'project/demo/integration';

/** Three phases of two tasks each, as the workflows call the activities; answers what the remote says at the end. */
async function carryOut(at: World): Promise<{ fence: Fence; tip: string; landed: string[] }> {
  const { activities, port, workspace, base } = at;
  await port.resolveBase(workspace.repository, null);
  const made = await activities.createBranch({
    workspace,
    branch: integration,
    from: { kind: 'sha', sha: base },
    siblings: [],
    own: null,
    fence: noFence,
  });
  if (made.kind !== 'ready') throw new Error(JSON.stringify(made));
  let { headSha: integrated, fence } = made;
  const landed: string[] = [];
  for (const phase of [1, 2, 3]) {
    const branch = `project/demo/phase/${phase}/step`;
    const phaseMade = await activities.createBranch({
      workspace,
      branch,
      from: { kind: 'sha', sha: integrated },
      siblings: [integration],
      own: null,
      fence,
    });
    if (phaseMade.kind !== 'ready') throw new Error(JSON.stringify(phaseMade));
    let tip = phaseMade.headSha;
    fence = phaseMade.fence;
    for (const task of [1, 2]) {
      const files = {
        [`src/file-${phase}-${task}.txt`]: `${phase}.${task}\n`,
        'PLAN.md': 'my plan',
      };
      const step = { phase, task, files, subject: `Task ${phase}.${task}` };
      ({ sha: tip, fence } = await landTask(at, step, { branch, tip, fence }));
      landed.push(tip);
    }
    expect(
      await activities.bringUpToDate({
        workspace,
        branch,
        headSha: tip,
        startSha: integrated,
        baseBranch: integration,
        baseSha: integrated,
        landedSha: integrated,
        how: 'rebase',
        withoutSha: null,
        metadata: stampOf('Merge'),
      }),
    ).toEqual({ kind: 'current', baseSha: integrated, elapsedMs: 0 });
    const merged = await activities.mergeBranch({
      workspace,
      headBranch: branch,
      required: [],
      baseBranch: integration,
      baseSha: integrated,
      headSha: tip,
      metadata: stampOf(`Phase ${phase}`),
      fence,
    });
    if (merged.kind !== 'merged') throw new Error(merged.kind);
    ({ sha: integrated, fence } = merged);
    expect(
      await activities.verifyLanded({ workspace, branch: integration, headSha: tip, method: 'merge' }),
    ).toEqual({ landed: true, tip: integrated });
  }
  return { fence, tip: integrated, landed };
}

it('carries three phases of two tasks to the integration branch, one commit per task', async () => {
  const { tip, landed, fence } = await carryOut(world);

  expect(git(world.repository, 'rev-parse', integration)).toBe(tip);
  expect(landed).toHaveLength(6);
  for (const sha of landed)
    expect(git(world.repository, 'merge-base', '--is-ancestor', sha, integration)).toBe('');
  expect(git(world.repository, 'ls-tree', '-r', '--name-only', integration).split('\n')).toEqual([
    '.gitignore',
    'README.md',
    ...[1, 2, 3].flatMap((phase) => [1, 2].map((task) => `src/file-${phase}-${task}.txt`)),
  ]);
  expect(git(world.repository, 'log', '-1', '--format=%an <%ae> %aI%n%B', landed[0] ?? '')).toBe(
    'Phasewright <phasewright@phasewright.invalid> 2026-03-04T05:06:07+00:00\nTask 1.1\n\nWhy it was done.\n\nPhasewright-Project: demo\nPhasewright-Phase: 1\nPhasewright-Task: 1',
  );
  expect(git(world.repository, 'rev-parse', 'refs/phasewright/demo/epoch')).toBe(fence.sha);
});

it('makes the same commits in another world', async () => {
  const first = await carryOut(world);
  const again = createWorld({ files: { 'README.md': 'Hello\n', '.gitignore': 'node_modules/\n' } });
  try {
    expect(await carryOut(again)).toEqual(first);
  } finally {
    again.remove();
  }
});

it('needs few git processes', async () => {
  await carryOut(world);

  expect(world.verbs.length).toBeLessThanOrEqual(121);
});

it("leaves a person's dirty checkout and index as they are, byte for byte", async () => {
  write(world.repository, {
    'README.md': 'half-written\n',
    'new.txt': 'untracked\n',
    'staged.txt': 'staged\n',
  });
  git(world.repository, 'add', 'staged.txt');
  const look = () => ({
    index: readFileSync(join(world.repository, '.git', 'index')),
    indexTime: statSync(join(world.repository, '.git', 'index')).mtimeMs,
    config: readFileSync(join(world.repository, '.git', 'config'), 'utf8'),
    head: readFileSync(join(world.repository, '.git', 'HEAD'), 'utf8'),
    files: readdirSync(world.repository)
      .filter((name) => name !== '.git')
      .map((name) => [name, readFileSync(join(world.repository, name), 'utf8')]),
    main: git(world.repository, 'rev-parse', 'main'),
  });
  const before = look();

  const { fence } = await carryOut(world);
  await world.activities.closeWorkspace({ workspace: world.workspace, fence });

  expect(look()).toEqual(before);
});
