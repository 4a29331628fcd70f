/** Repositories inside the project's, as setup fills them in the agent's clone and in the checks' checkout. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createChecksActivities } from '../../../activities/checks/activities.ts';
import { createCommandRunner } from '../../../activities/checks/command/index.ts';
import type { ChecksActivities } from '../../../activities/checks/contract.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Git } from '../../../activities/git/port.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { perform } from '../../support/agent-fixture.ts';
import { createTestRepository, type TestRepository } from '../../support/repository.ts';
import { patienceMs } from '../../support/eventually.ts';

const branch = 'project/shop/phase/1/model';
const key = { owner: 'shop', phase: 1, task: 1, attempt: 1 };
// Git takes a submodule of this machine only when it is told to.
const setup = ['git -c protocol.file.allow=always submodule --quiet update --init'];

let repository: TestRepository;
let git: Git;
let workspace: WorkspaceRef;
let activities: ChecksActivities;
let first: string;
let second: string;

/** A commit in the repository inside. */
function release(text: string): string {
  const folder = join(repository.folder, 'lib');
  mkdirSync(folder, { recursive: true });
  repository.git(['init', '--quiet'], folder);
  writeFileSync(join(folder, 'lib.txt'), text);
  repository.git(['add', '-A'], folder);
  repository.git(['commit', '--quiet', '-m', text], folder);
  return repository.git(['rev-parse', 'HEAD'], folder);
}

/** A commit of the project that names this one of the repository inside. */
function name(sha: string): string {
  repository.git(['update-index', '--add', '--cacheinfo', `160000,${sha},libs/lib`]);
  repository.git(['commit', '--quiet', '-m', `Take ${sha}`]);
  repository.git(['push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/work']);
  return repository.git(['rev-parse', 'HEAD']);
}

beforeEach(async () => {
  repository = createTestRepository();
  const url = '[submodule "lib"]\n\tpath = libs/lib\n\turl = ../lib\n';
  repository.commit('work', { '.gitmodules': url });
  [first, second] = [name(release('first\n')), name(release('second\n'))];
  const dataDir = join(repository.folder, 'data');
  const environment = { PATH: process.env['PATH'], HOME: repository.folder };
  git = createSimpleGit({ dataDir, hostId: 'host-1', env: environment });
  workspace = { owner: 'shop', repository: { kind: 'path', path: repository.bare }, host: 'host-1' };
  activities = createChecksActivities({
    git,
    artifacts: createFileArtifacts({ root: join(dataDir, 'artifacts') }),
    dataDir,
    runner: createCommandRunner({ dataDir, environment }),
    setUps: new Map(),
  });
});
afterEach(() => repository.remove());

const inClone = (): string => readFileSync(join(git.worktreePath(workspace), 'libs/lib/lib.txt'), 'utf8');
async function start(startSha: string): Promise<void> {
  await git.prepare(workspace, { branch, startSha, keepChanges: false });
  const done = await perform(activities.runSetup, { key, workspace, commands: setup, timeoutMs: patienceMs });
  expect(done).toMatchObject({ passed: true });
}
const check = (sha: string, command: string) =>
  perform(activities.runChecks, {
    ...{ key, workspace, branch, sha, setup, timeoutMs: patienceMs },
    commands: [command],
  });

it('come to the checks as the commit names them, from a relative URL, and others when it names others', async () => {
  const clean = '! git submodule status | grep "^[-+]"';
  expect((await check(first, `grep first libs/lib/lib.txt && ${clean}`)).report).toBe('');
  expect((await check(second, `grep second libs/lib/lib.txt && ${clean}`)).report).toBe('');
  expect((await check(second, 'echo spoilt > libs/lib/lib.txt; rm -r libs/lib/.git')).passed).toBe(true);
  expect((await check(second, `grep second libs/lib/lib.txt && ${clean}`)).report).toBe('');
  expect((await check(first, `grep first libs/lib/lib.txt && ${clean}`)).report).toBe('');
});

it('come to the agent as the start names them, whatever lay there', async () => {
  await start(first);
  expect(inClone()).toBe('first\n');
  await start(second);
  expect(inClone()).toBe('second\n');
  writeFileSync(join(git.worktreePath(workspace), 'a.txt'), 'a\n');
  await start(first);
  expect(inClone()).toBe('first\n');
  expect(readdirSync(git.worktreePath(workspace))).not.toContain('a.txt');
});

it('are part of the change where the agent took another of their commits, and only there', async () => {
  const state = { branch, startSha: first };
  await start(first);
  const untouched = await git.snapshot(workspace, state, 'refs/phasewright/shop/kept');
  expect(untouched).toMatchObject({ kind: 'taken', tree: await git.tree(workspace.repository, first) });
  const inside = join(git.worktreePath(workspace), 'libs/lib');
  repository.git(['checkout', '--quiet', 'origin/HEAD'], inside);
  const bumped = await git.snapshot(workspace, state, 'refs/phasewright/shop/kept');
  expect(bumped).toMatchObject({ kind: 'taken', tree: await git.tree(workspace.repository, second) });
});
