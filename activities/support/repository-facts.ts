/** What git tells of a repository that somebody named: questions that change nothing and run nobody's program. */
import type { RepositoryShape } from '../../domain/project-file/preflight.ts';

/** Git's standard output in that repository; undefined where it refuses. */
export type AskGit = (args: readonly [string, ...string[]]) => Promise<string | undefined>;

/** Undefined: it is no repository, or one that this git can't read. */
export async function readShape(ask: AskGit): Promise<RepositoryShape | undefined> {
  const said = await ask(['rev-parse', '--is-shallow-repository', '--show-object-format']);
  const [shallow, objectFormat] = said?.trim().split('\n') ?? [];
  if (shallow === undefined || objectFormat === undefined) return undefined;
  const promisors = await ask([
    'config',
    '--get-regexp',
    String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`,
  ]);
  const partial = (promisors ?? '')
    .split('\n')
    .some((line) => line !== '' && !/ (false|no|off|0)$/i.test(line));
  return { shallow: shallow === 'true', partial, objectFormat };
}

/** A filter that the attributes of a commit name, and where they name it first. */
export interface NamedFilter {
  readonly filter: string;
  /** `secrets/.gitattributes:3`. */
  readonly where: string;
}

export interface CommitFacts {
  /** Whether or not a file matches yet: one may come. */
  readonly filters: readonly NamedFilter[];
  /** Folders that are other repositories, as far as `.gitmodules` tells how to get them. */
  readonly submodules: readonly string[];
}

/** What this commit needs beside git alone. `commit`: its id, or a name for it. */
export async function readCommit(ask: AskGit, commit: string): Promise<CommitFacts> {
  const found = await ask([
    'grep',
    ...['-a', '-z', '-n', '-E', '--no-color', '--full-name', '--no-textconv'],
    ...['-e', '(^|[[:space:]])filter=', '-e', '^[[:space:]]*path[[:space:]]*=', commit],
    ...['--', ':(top,glob)**/.gitattributes', ':(top).gitmodules'],
  ]);
  const lines = (found ?? '').split('\n').map((line) => {
    const [file = '', number = '', text = ''] = line.split('\0');
    return { file: file.slice(commit.length + 1), number, text };
  });
  const filters = new Map<string, string>();
  for (const { file, number, text } of lines) {
    if (file === '.gitmodules' || text.trimStart().startsWith('#')) continue;
    for (const [, filter = ''] of text.matchAll(/\sfilter=(\S+)/g))
      if (!filters.has(filter)) filters.set(filter, `${file}:${number}`);
  }
  return {
    filters: [...filters].map(([filter, where]) => ({ filter, where })),
    submodules: lines.some(({ file }) => file === '.gitmodules') ? await readSubmodules(ask, commit) : [],
  };
}

/** Which of these are no folders of the commit; none where there is no such commit. */
export async function missingFolders(
  ask: AskGit,
  commit: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const literally = paths.map((path) => `:(literal)${path}`);
  const entries = await ask(['ls-tree', '-z', '-t', '--full-tree', commit, '--', ...literally]);
  if (entries === undefined) return [];
  const folders = entries
    .split('\0')
    .filter((entry) => entry.startsWith('040000 tree '))
    .map((entry) => entry.slice(entry.indexOf('\t') + 1));
  return paths.filter((path) => !folders.includes(path));
}

async function readSubmodules(ask: AskGit, commit: string): Promise<readonly string[]> {
  const listed = await ask([
    ...(['config', '--blob', `${commit}:.gitmodules`] as const),
    ...['--null', '--get-regexp', String.raw`\.path$`],
  ]);
  const paths = (listed ?? '').split('\0').flatMap((entry) => entry.split('\n')[1] ?? []);
  if (paths.length === 0) return [];
  const entries = await ask(['ls-tree', '-z', '--full-tree', commit, '--', ...paths]);
  return (entries ?? '')
    .split('\0')
    .filter((entry) => entry.startsWith('160000 '))
    .map((entry) => entry.slice(entry.indexOf('\t') + 1));
}
