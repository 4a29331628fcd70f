/** What projects leave on a host and on the remote, looked at from outside: files, refs and processes, never our own status. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { PullRequestRecord } from '../../activities/code-host/local/record.ts';
import { eventually } from './eventually.ts';
import type { GitHubDouble } from './github-double/index.ts';
import { processesOf } from './processes.ts';
import { git } from './git.ts';
import { hostedName, type Rig } from './rig.ts';

const listed = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder) : []);

/** Pull requests of the rig's repository as its code host keeps them, oldest first. */
export function pullRequestsOf(home: string): readonly PullRequestRecord[] {
  const root = join(home, 'code-host');
  return listed(root)
    .flatMap((repository) => {
      const pulls = join(root, repository, 'pulls');
      return listed(pulls)
        .filter((name) => name.endsWith('.json'))
        .map((name) => JSON.parse(readFileSync(join(pulls, name), 'utf8')) as PullRequestRecord);
    })
    .sort((a, b) => a.number - b.number);
}

/** State of each pull request, in order, wherever they are kept. */
export function pullRequestStates({ home, codeHost }: Pick<Rig, 'home' | 'codeHost'>): readonly string[] {
  if (codeHost === undefined) return pullRequestsOf(home).map(({ state }) => state);
  return codeHost.effects.pullRequestsOpened.map(({ number = 0 }) =>
    stateOf(codeHost.pullRequest(hostedName, number)),
  );
}

export const stateOf = (pull: ReturnType<GitHubDouble['pullRequest']>): string =>
  pull?.mergedAt == null ? (pull?.state ?? 'gone') : 'merged';

/** `phase.task` of every commit that carries our trailers and is on the branch, oldest first. */
export function landedTasks(rig: Pick<Rig, 'git'>, slug: string, branch = 'main'): readonly string[] {
  const key = (name: string) => `%(trailers:key=Phasewright-${name},valueonly,separator=%x2C)`;
  return rig
    .git(
      'log',
      '--no-merges',
      '--reverse',
      `--format=${key('Project')}|${key('Phase')}.${key('Task')}`,
      branch,
    )
    .split('\n')
    .filter((line) => line.startsWith(`${slug}|`))
    .map((line) => line.slice(slug.length + 1));
}

/** One line per thing that should not be there: worktrees, hidden refs here and on the remote, inboxes, run notes, processes. */
export function leftBehind(
  rig: Pick<Rig, 'home' | 'repository'>,
  except: readonly number[] = [],
): readonly string[] {
  const { home, repository } = rig;
  const mirrors = listed(join(home, 'mirrors')).map((name) => join(home, 'mirrors', name));
  const hidden = (path: string): readonly string[] =>
    git(path, 'for-each-ref', '--format=%(refname)', 'refs/phasewright')
      .split('\n')
      .filter((line) => line !== '');
  const worktrees = (path: string): readonly string[] =>
    listed(join(path, 'worktrees')).map((name) => `worktree of ${path}: ${name}`);
  return [
    ...filesUnder(join(home, 'worktrees')).map((path) => `worktree folder ${path}`),
    ...mirrors
      .filter((path) => existsSync(join(path, 'HEAD')))
      .flatMap((path) => [...hidden(path).map((ref) => `hidden ref here: ${ref}`), ...worktrees(path)]),
    ...hidden(repository).map((ref) => `hidden ref on the remote: ${ref}`),
    ...listed(join(home, 'exchange')).map((name) => `inbox ${name}`),
    ...listed(join(home, 'messages')).map((name) => `delivered messages ${name}`),
    ...listed(join(home, 'processes')).map((name) => `run note ${name}`),
    ...processesOf(home, except),
  ];
}

const filesUnder = (folder: string): readonly string[] => listed(folder).map((name) => join(folder, name));

/** Looks until nothing is left; what is left when even a slow machine would be done. */
export async function settled(look: () => readonly string[]): Promise<readonly string[]> {
  await eventually('nothing is left', () => look().length === 0, { withinMs: 60_000 }).catch(() => undefined);
  return look();
}
