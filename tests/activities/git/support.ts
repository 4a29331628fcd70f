/** Real repositories in temporary folders, and a person's git to look at them with. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createGitActivities } from '../../../activities/git/activities.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { GitActivities } from '../../../activities/git/contract.ts';
import type { CommitMetadata, Fence } from '../../../domain/model/git.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { runGit } from '../../support/git.ts';
import type { Timed } from '../../../domain/model/timed.ts';

const env = { GIT_AUTHOR_DATE: '2026-01-02T03:04:05Z', GIT_COMMITTER_DATE: '2026-01-02T03:04:05Z' };

/** Commits that have the same SHA each time. */
export const git = (cwd: string, ...args: readonly string[]): string => runGit(cwd, args, { env });

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export function commit(
  folder: string,
  files: Readonly<Record<string, string>>,
  message = 'A commit',
): string {
  write(folder, files);
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', message);
  return git(folder, 'rev-parse', 'HEAD');
}

export const noFence: Fence = { epoch: 1, sha: null };
export const stampOf = (subject: string, task = 1): CommitMetadata => ({
  date: '2026-03-04T05:06:07.000Z',
  subject,
  body: 'Why it was done.',
  trailers: [
    ['Phasewright-Project', 'demo'],
    ['Phasewright-Phase', '1'],
    ['Phasewright-Task', String(task)],
  ],
});

export interface World {
  readonly root: string;
  /** The person's checkout; also the remote, unless a bare one is asked for. */
  readonly repository: string;
  readonly dataDir: string;
  readonly verbs: string[];
  readonly base: string;
  readonly workspace: WorkspaceRef;
  readonly port: ReturnType<typeof createSimpleGit>;
  readonly activities: ReturnType<typeof createGitActivities>;
  workspaceOf(owner: string): WorkspaceRef;
  /** Another worker process's view of the same remote: own data folder. */
  otherHost(): ReturnType<typeof createSimpleGit>;
  remove(): void;
}

export function createWorld({
  files = { 'README.md': 'Hello\n' },
}: {
  readonly files?: Readonly<Record<string, string>>;
} = {}): World {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'phasewright git ü ')));
  const repository = join(root, 'a person’s repo');
  mkdirSync(repository);
  git(repository, 'init', '-q', '-b', 'main');
  const base = commit(repository, files, 'First');
  const dataDir = join(root, 'data');
  const verbs: string[] = [];
  const port = createSimpleGit({
    dataDir,
    hostId: 'host-1',
    env: process.env,
    onCommand: (verb) => verbs.push(verb),
  });
  const workspaceOf = (owner: string): WorkspaceRef => ({
    owner,
    repository: { kind: 'path', path: repository },
    host: 'host-1',
  });
  return {
    root,
    repository,
    dataDir,
    verbs,
    base,
    workspace: workspaceOf('demo'),
    workspaceOf,
    port,
    activities: untimed(
      createGitActivities({
        git: port,
        runChecks: () => Promise.reject(new Error('No checks are asked for.')),
      }),
    ),
    otherHost: () =>
      createSimpleGit({ dataDir: join(root, 'other data'), hostId: 'host-2', env: process.env }),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** How long something took is nothing to compare: 0 everywhere. */
function untimed(activities: GitActivities): GitActivities {
  const still =
    <Request, Result extends object>(activity: (request: Request) => Promise<Timed<Result>>) =>
    async (request: Request) => ({ ...(await activity(request)), elapsedMs: 0 });
  const { land, bringUpToDate, mergeBranch } = activities;
  return {
    ...activities,
    land: still(land),
    bringUpToDate: still(bringUpToDate),
    mergeBranch: still(mergeBranch),
  };
}

export async function makeBranch(world: World, branch: string, sha: string, fence: Fence): Promise<Fence> {
  const made = await world.activities.createBranch({
    workspace: world.workspace,
    branch,
    from: { kind: 'sha', sha },
    siblings: [],
    own: null,
    fence,
  });
  if (made.kind !== 'ready') throw new Error(JSON.stringify(made));
  return made.fence;
}

export interface Landed {
  readonly tip: string;
  readonly fence: Fence;
  readonly commits: readonly { readonly task: number; readonly sha: string }[];
}

/** What a task does to the phase branch: its files in a worktree, one commit of them, landed on the tip. */
export async function landTask(
  { activities, workspace, port, base }: World,
  task: {
    readonly phase: number;
    readonly task: number;
    readonly files: Readonly<Record<string, string>>;
    readonly subject: string;
  },
  on: { readonly branch: string; readonly tip: string; readonly fence: Fence },
): Promise<{ readonly sha: string; readonly fence: Fence }> {
  const { branch, tip, fence } = on;
  const key = { owner: workspace.owner, phase: task.phase, task: task.task, attempt: 1 };
  await activities.prepareWorktree({ key, workspace, branch, startSha: tip, keepChanges: false });
  write(port.worktreePath(workspace), task.files);
  const made = await activities.commitCandidate({
    key,
    workspace,
    branch,
    headSha: tip,
    startSha: tip,
    baseSha: base,
    merge: null,
    metadata: stampOf(task.subject, task.task),
    checks: null,
  });
  if (made.kind !== 'candidate') throw new Error(made.kind);
  const landed = await activities.land({ workspace, branch, expected: tip, sha: made.sha, fence });
  if (landed.kind !== 'landed') throw new Error(landed.kind);
  return landed;
}

/** Commits that a task would have landed on the phase branch, one per set of files. */
export async function landTasks(
  world: World,
  branch: string,
  start: string,
  fenceBefore: Fence,
  ...tasks: readonly Readonly<Record<string, string>>[]
): Promise<Landed> {
  let tip = start;
  let fence = fenceBefore;
  const commits: { task: number; sha: string }[] = [];
  for (const [index, files] of tasks.entries()) {
    const task = index + 1;
    const of = { phase: 1, task, files, subject: `Task ${task}` };
    ({ sha: tip, fence } = await landTask(world, of, { branch, tip, fence }));
    commits.push({ task, sha: tip });
  }
  return { tip, fence, commits };
}

/** What a person does to a branch of the repository without having it checked out. */
export function personCommits(
  { root, repository }: World,
  branch: string,
  files: Readonly<Record<string, string>>,
  message = 'By a person',
): string {
  const folder = join(root, `person ${Math.random()}`);
  git(repository, 'worktree', 'add', '-q', '--detach', folder, branch);
  const sha = commit(folder, files, message);
  git(repository, 'branch', '-f', branch, sha);
  git(repository, 'worktree', 'remove', '--force', folder);
  return sha;
}
