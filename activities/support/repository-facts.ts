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

/** The folders of a commit that are other repositories, as far as `.gitmodules` tells how to get them. */
export async function readSubmodules(ask: AskGit, sha: string): Promise<readonly string[]> {
  const listed = await ask([
    'config',
    '--blob',
    `${sha}:.gitmodules`,
    '--null',
    '--get-regexp',
    String.raw`\.path$`,
  ]);
  const paths = (listed ?? '').split('\0').flatMap((entry) => entry.split('\n')[1] ?? []);
  if (paths.length === 0) return [];
  const entries = await ask(['ls-tree', '-z', '--full-tree', sha, '--', ...paths]);
  return (entries ?? '')
    .split('\0')
    .filter((entry) => entry.startsWith('160000 '))
    .map((entry) => entry.slice(entry.indexOf('\t') + 1));
}
