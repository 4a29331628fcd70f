/** What a plan has to know of a repository at its base commit, before anything is made there. Changes nothing. */
import { filterProblem } from '../../../domain/project-file/preflight.ts';
import { type AskGit, missingFolders, readCommit } from '../../support/repository-facts.ts';
import type { Git } from '../port.ts';
import type { Run } from './command.ts';
import { allowedFilters, undefinedFilters } from './filters.ts';
import { nulSeparated, objectId } from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import { writeProblem } from './writable.ts';

interface Parts {
  readonly mirrors: Mirrors;
  readonly run: Run;
  /** Filters that the operator allows. */
  readonly filters: readonly string[];
}

export function createExamine({ mirrors, run, filters: allowed }: Parts): Git['examine'] {
  return (repository, sha, wanted) =>
    mirrors.withObjects(repository, async (mirror) => {
      const { filters, submodules } = await readCommit(askIn(mirrors, mirror), objectId(sha));
      const named = filters.map(({ filter }) => filter);
      const known = named.filter((name) => allowed.includes(name));
      const missing = undefinedFilters(await allowedFilters(run, known), known);
      const unfit = filters.filter(({ filter }) => !known.includes(filter) || missing.includes(filter));
      const paths = unfit.length === 0 ? noPaths : await pathsByFilter(mirrors, mirror, sha);
      const readOnly = await writeProblem({ mirrors, run }, mirror, sha);
      const problems = unfit.map(({ filter, where }) =>
        filterProblem({
          filter,
          where,
          why: known.includes(filter) ? 'not_defined' : 'not_allowed',
          paths: paths.get(filter) ?? [],
        }),
      );
      return {
        problems: [...(readOnly === undefined ? [] : [readOnly]), ...problems],
        submodules,
        missing: await missingFolders(askIn(mirrors, mirror), objectId(sha), wanted),
      };
    });
}

const noPaths: ReadonlyMap<string, readonly string[]> = new Map();

const askIn =
  (mirrors: Mirrors, mirror: Mirror): AskGit =>
  ([verb, ...args]) =>
    mirrors
      .git(mirror, verb, args, { codes: [1], env: { GIT_LITERAL_PATHSPECS: '0' } })
      .then(({ text }) => text);

/** As git itself applies attributes, macros and nested files included: by an index of the commit, thrown away again. */
async function pathsByFilter(
  mirrors: Mirrors,
  mirror: Mirror,
  sha: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  return mirrors.withScratch(mirror, {}, async (scratch) => {
    await mirrors.git(mirror, 'read-tree', [objectId(sha)], { scratch });
    const files = await mirrors.git(mirror, 'ls-files', ['-z'], { scratch });
    const attributes = await mirrors.git(mirror, 'check-attr', ['--cached', '-z', '--stdin', 'filter'], {
      scratch,
      stdin: files.bytes,
    });
    const fields = nulSeparated(attributes.text);
    const paths = new Map<string, string[]>();
    for (let index = 0; index + 2 < fields.length; index += 3) {
      const [path = '', , filter = ''] = fields.slice(index, index + 3);
      paths.set(filter, [...(paths.get(filter) ?? []), path]);
    }
    return paths;
  });
}
