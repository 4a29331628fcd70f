/** Plain git on a bare repository. Answers about commits never change, so they are asked once. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Person {
  readonly name: string;
  readonly email: string;
}

interface Result {
  readonly ok: boolean;
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

const github: Person = { name: 'GitHub', email: 'noreply@github.com' };

export const gitEnvironment = (author: Person = github, committer: Person = github): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: author.name,
  GIT_AUTHOR_EMAIL: author.email,
  GIT_COMMITTER_NAME: committer.name,
  GIT_COMMITTER_EMAIL: committer.email,
});

export function git(
  path: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = gitEnvironment(),
  input = '',
): Result {
  const { status, stdout, stderr } = spawnSync('git', ['-C', path, ...args], {
    encoding: 'utf8',
    env,
    input,
    maxBuffer: 64 << 20,
  });
  return { ok: status === 0, status: status ?? -1, out: stdout.trimEnd(), error: stderr.trim() };
}

function must(path: string, args: readonly string[], env?: NodeJS.ProcessEnv, input?: string): string {
  const { ok, out, error } = git(path, args, env, input);
  if (!ok) throw new Error(`git ${args.join(' ')}: ${error}`);
  return out;
}

const answers = new Map<string, unknown>();

/** Only for questions whose answer follows from SHAs. */
function once<T>(path: string, question: readonly string[], ask: () => T): T {
  const key = [path, ...question].join('\0');
  if (!answers.has(key)) answers.set(key, ask());
  return answers.get(key) as T;
}

/**
 * Sorted by name. Read from the files, for every request needs them: a process each time would keep the worker waiting that
 * tests run beside the double.
 */
export function listRefs(path: string): Map<string, string> {
  // Loose ones first: whoever packs them writes the other file before these go.
  const loose = looseRefs(path, 'refs');
  const refs = [...packedRefs(path), ...loose];
  return new Map([...new Map(refs)].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

type Ref = readonly [name: string, sha: string];

const looseRefs = (path: string, folder: string): readonly Ref[] =>
  unlessGone(() => readdirSync(join(path, folder), { withFileTypes: true }), []).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return looseRefs(path, name);
    const sha = name.endsWith('.lock') ? '' : contentOf(join(path, name)).trim();
    return sha === '' ? [] : [[name, sha] as const];
  });

const packedRefs = (path: string): readonly Ref[] =>
  [...contentOf(join(path, 'packed-refs')).matchAll(/^([0-9a-f]{40,}) (\S+)$/gm)].map(
    ([, sha = '', name = '']) => [name, sha] as const,
  );

const contentOf = (file: string): string => unlessGone(() => readFileSync(file, 'utf8'), '');

/** Git removes files and empty folders between two looks. */
function unlessGone<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone;
    throw error;
  }
}

export const resolveCommit = (path: string, name: string): string | null => {
  const { ok, out } = git(path, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  return ok ? out : null;
};

export const isAncestor = (path: string, ancestor: string, descendant: string): boolean =>
  once(
    path,
    ['ancestor', ancestor, descendant],
    () => git(path, ['merge-base', '--is-ancestor', ancestor, descendant]).ok,
  );

/** Oldest first, without merges' second parents left out: everything in `head` that `base` has not. */
export const commitsBetween = (path: string, base: string, head: string): readonly string[] =>
  once(path, ['between', base, head], () =>
    must(path, ['rev-list', '--reverse', '--topo-order', `${base}..${head}`])
      .split('\n')
      .filter(Boolean),
  );

/** The tree of a clean merge; null: conflicts, or histories without a common commit. */
export const mergeTree = (path: string, base: string, head: string): string | null =>
  once(path, ['merge-tree', base, head], () => {
    const { ok, out } = git(path, ['merge-tree', '--write-tree', base, head]);
    return ok ? out : null;
  });

export const treeOf = (path: string, commit: string): string =>
  once(path, ['tree', commit], () => must(path, ['rev-parse', `${commit}^{tree}`]));

export function commitTree(
  path: string,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly env?: NodeJS.ProcessEnv;
  },
): string {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return must(path, ['commit-tree', commit.tree, ...parents], commit.env, commit.message);
}

/** False: the ref did not hold `old`. Null as `sha` deletes; null as `old` means absent. */
export function updateRef(path: string, ref: string, sha: string | null, old: string | null): boolean {
  const zero = '0'.repeat(40);
  return sha === null
    ? git(path, ['update-ref', '-d', ref, ...(old === null ? [] : [old])]).ok
    : git(path, ['update-ref', ref, sha, old ?? zero]).ok;
}

/** The commit along `to`'s first parents, after `from`, that brought `head` in. */
export const broughtInBy = (path: string, from: string, to: string, head: string): string =>
  once(path, ['brought', from, to, head], () => {
    const line = must(path, ['rev-list', '--first-parent', '--reverse', `${from}..${to}`]).split('\n');
    return line.find((commit) => commit !== '' && isAncestor(path, head, commit)) ?? to;
  });

/** Additions, deletions and names of files that `head` changed since it left `base`. */
export const diffStat = (
  path: string,
  base: string,
  head: string,
): { readonly files: readonly string[]; readonly additions: number; readonly deletions: number } =>
  once(path, ['stat', base, head], () => {
    const { out } = git(path, ['diff', '--numstat', '--no-renames', `${base}...${head}`]);
    const rows = out
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split('\t'));
    const sum = (column: number): number =>
      rows.reduce((total, row) => total + (Number(row[column]) || 0), 0);
    return { files: rows.map((row) => row[2] ?? ''), additions: sum(0), deletions: sum(1) };
  });

/** The file's blob at a commit; null: no such file. */
export const blobAt = (path: string, commit: string, file: string): string | null =>
  once(path, ['blob', commit, file], () => {
    const { ok, out } = git(path, ['rev-parse', '--verify', '--quiet', `${commit}:${file}`]);
    return ok ? out : null;
  });

export interface CommitDetails {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person & { readonly date: string };
  readonly committer: Person & { readonly date: string };
  readonly message: string;
}

export const commitDetails = (path: string, sha: string): CommitDetails =>
  once(path, ['commit', sha], () => {
    const format = '%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B';
    const [tree = '', parents = '', ...rest] = must(path, ['show', '-s', `--format=${format}`, sha]).split(
      '\0',
    );
    const [name = '', email = '', date = '', byName = '', byEmail = '', byDate = '', message = ''] = rest;
    const utc = (text: string): string => new Date(text).toISOString().replace('.000Z', 'Z');
    return {
      sha,
      tree,
      parents: parents.split(' ').filter(Boolean),
      author: { name, email, date: utc(date) },
      committer: { name: byName, email: byEmail, date: utc(byDate) },
      message,
    };
  });

/** The commit that GitHub keeps to try a merge; null: conflicts. The same for the same two commits. */
export const testMergeOf = (path: string, base: string, head: string): string | null =>
  once(path, ['test-merge', base, head], () => {
    const tree = mergeTree(path, base, head);
    if (tree === null) return null;
    const env = {
      ...gitEnvironment(),
      GIT_AUTHOR_DATE: '@1700000000 +0000',
      GIT_COMMITTER_DATE: '@1700000000 +0000',
    };
    return commitTree(path, { tree, parents: [base, head], message: `Merge ${head} into ${base}`, env });
  });

/** Whether the diff of a pull request shows this line of a file (of the old file on `LEFT`). */
export const diffShows = (
  path: string,
  range: { readonly base: string; readonly head: string },
  at: { readonly file: string; readonly line: number; readonly side: 'LEFT' | 'RIGHT' },
): boolean =>
  once(path, ['shows', range.base, range.head, at.file, String(at.line), at.side], () => {
    const { out } = git(path, ['diff', '--no-renames', `${range.base}...${range.head}`, '--', at.file]);
    return [...out.matchAll(/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/gm)].some((hunk) => {
      const [start, length] = at.side === 'LEFT' ? [hunk[1], hunk[2]] : [hunk[3], hunk[4]];
      return at.line >= Number(start) && at.line < Number(start) + Number(length ?? 1);
    });
  });
