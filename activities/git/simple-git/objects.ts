/** Reading and making objects in the mirror: no checkout, no index, same input → same id. */
import { pathToBytes } from '../../../domain/text/byte-path.ts';
import { PortError } from '../../support/errors.ts';
import type { CommitIdentities } from '../../../domain/model/git.ts';
import type { Git } from '../port.ts';
import { createAncestry } from './ancestry.ts';
import { missesObject } from './errors.ts';
import { type NewCommit, writeLooseCommit } from './loose-commit.ts';
import { commitDate, commitMessage, decode, objectId, personEnv, readNumstat } from './map.ts';
import { createMerge } from './merge.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import { readChanges, readTree, removeEntry } from './trees.ts';

type ObjectsPort = Pick<
  Git,
  | 'readFile'
  | 'listFiles'
  | 'tree'
  | 'isAncestor'
  | 'hasCommit'
  | 'missingFrom'
  | 'log'
  | 'changedFiles'
  | 'changes'
  | 'findSquash'
  | 'diff'
  | 'mergeTree'
  | 'commitTree'
  | 'withoutPath'
>;

/** What the port promises, and the same from inside a mirror for those who make commits there. */
export interface Objects {
  readonly port: ObjectsPort;
  commit(mirror: Mirror, commit: NewCommit): Promise<string>;
  merge(mirror: Mirror, ours: string, theirs: string): ReturnType<Git['mergeTree']>;
  treeOf(mirror: Mirror, sha: string): Promise<string>;
  /** Git's word, whatever was learnt before. */
  isAncestor(mirror: Mirror, ancestor: string, descendant: string): Promise<boolean>;
  /** Seconds since 1970: the newest committer date of these commits; 0 for none. */
  newestDate(mirror: Mirror, shas: readonly string[]): Promise<number>;
  /** As far as it was learnt here. */
  knownTree(mirror: Mirror, sha: string): string | undefined;
}

const rememberAtMost = 5_000;

export function createObjects(mirrors: Mirrors, identities: CommitIdentities): Objects {
  const ancestry = createAncestry();
  // `<id>^{tree}`, `<id> date` and `<id> without <path>` never change their meaning.
  const known = new Map<string, string>();
  const remember = (mirror: Mirror, name: string, value: string | undefined) => {
    if (value === undefined) return;
    if (known.size > rememberAtMost) known.clear();
    known.set(`${mirror.key} ${name}`, value);
  };

  async function treeOf(mirror: Mirror, sha: string): Promise<string> {
    const name = `${objectId(sha)}^{tree}`;
    const seen = known.get(`${mirror.key} ${name}`);
    if (seen !== undefined) return seen;
    const { text } = await mirrors.git(mirror, 'cat-file', ['--batch-check=%(objectname)', '-z'], {
      stdin: `${name}\0`,
    });
    const tree = text.trim();
    if (!/^[0-9a-f]{40,64}$/.test(tree)) {
      throw new PortError(
        'GitFailed',
        `${sha} is not a valid object of ${mirror.remote.label}: it may have been removed from the remote.`,
      );
    }
    remember(mirror, name, tree);
    return tree;
  }

  const commit: Objects['commit'] = async (mirror, wanted) => {
    const sha = (await writeLooseCommit(mirror.gitDir, wanted)) ?? (await commitTree(mirror, wanted));
    remember(mirror, `${sha}^{tree}`, wanted.tree);
    remember(mirror, `${sha} date`, /^@(\d+) /.exec(wanted.committer.date)?.[1]);
    ancestry.learn(sha, wanted.parents);
    return sha;
  };

  const newestDate: Objects['newestDate'] = async (mirror, shas) => {
    const dates = shas.map((sha) => known.get(`${mirror.key} ${sha} date`));
    const unknown = shas.filter((_, index) => dates[index] === undefined);
    const read = unknown.length === 0 ? [] : await readDates(mirror, unknown);
    return Math.max(0, ...[...dates, ...read].map(Number).filter(Number.isSafeInteger));
  };

  async function readDates(mirror: Mirror, shas: readonly string[]): Promise<readonly string[]> {
    const args = ['--no-walk', '--no-commit-header', '--format=%H %T %ct', '--end-of-options'];
    const { text } = await mirrors.git(mirror, 'rev-list', [...args, ...shas.map(objectId)]);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [sha = '', tree, date = ''] = line.split(' ');
        remember(mirror, `${sha}^{tree}`, tree);
        remember(mirror, `${sha} date`, date);
        return date;
      });
  }

  async function commitTree(
    mirror: Mirror,
    { tree, parents, message, author, committer }: NewCommit,
  ): Promise<string> {
    const args = [...parents.flatMap((parent) => ['-p', objectId(parent)]), '-F', '-', objectId(tree)];
    const { text } = await mirrors.git(mirror, 'commit-tree', args, {
      stdin: message,
      env: personEnv(author, committer),
    });
    return text.trim();
  }

  const merge = createMerge(mirrors, treeOf);

  const readBlob = async (mirror: Mirror, name: Buffer, maxBytes: number) => {
    const header = 200;
    const { bytes } = await mirrors.git(mirror, 'cat-file', ['--batch=%(objecttype) %(objectsize)', '-z'], {
      stdin: name,
      limit: maxBytes + header,
    });
    const end = bytes.indexOf('\n');
    const [type, size] = bytes.subarray(0, end).toString('utf8').split(' ');
    if (type !== 'blob') return null;
    const content = bytes.subarray(end + 1, end + 1 + Math.min(Number(size), maxBytes + 1));
    return decode(content, maxBytes);
  };

  /** Null when the path is not one that a tree can hold as we name it. */
  const nameOf = (sha: string, path: string): Buffer | null =>
    path.includes('\0') || path === '' || path.startsWith('/') || /(^|\/)\.\.?(\/|$)/.test(path)
      ? null
      : Buffer.concat([Buffer.from(`${objectId(sha)}:`), pathToBytes(path), Buffer.of(0)]);

  const port: ObjectsPort = {
    readFile: (repository, sha, path, maxBytes) =>
      mirrors.withObjects(repository, async (mirror) => {
        const name = nameOf(sha, path);
        if (name === null) return null;
        const found = await readBlob(mirror, name, maxBytes);
        // No such path, or no such commit: only the second is an error.
        if (found === null) await treeOf(mirror, sha);
        return found;
      }),

    listFiles: (repository, sha, directory) =>
      mirrors.withObjects(repository, async (mirror) => {
        const folder = directory.replace(/\/+$/, '');
        const entries = await readTree(mirrors, mirror, sha, { folder: folder === '.' ? '' : folder });
        return entries.filter(({ type }) => type === 'blob').map(({ path }) => path);
      }),

    tree: (repository, sha) => mirrors.withObjects(repository, (mirror) => treeOf(mirror, sha)),

    isAncestor: async (repository, ancestor, descendant) => {
      const known = ancestry.isAncestor(objectId(ancestor), objectId(descendant));
      if (known !== undefined) return known;
      try {
        const answer = await mirrors.withObjects(repository, (mirror) =>
          isAncestor(mirror, ancestor, descendant),
        );
        ancestry.remember(ancestor, descendant, answer);
        return answer;
      } catch (error) {
        if (missesObject(error) && !(await port.hasCommit(repository, ancestor))) return false;
        throw error;
      }
    },

    missingFrom: async (repository, headSha, commits) => {
      const missing: string[] = [];
      for (const sha of new Set(commits))
        if (!(await port.isAncestor(repository, sha, headSha))) missing.push(sha);
      return missing;
    },

    hasCommit: async (repository, sha) => {
      try {
        await mirrors.withObjects(repository, (mirror) => treeOf(mirror, sha));
        return true;
      } catch (error) {
        if (missesObject(error)) return false;
        throw error;
      }
    },

    log: (repository, { sinceSha, tipSha, most }) =>
      mirrors.withObjects(repository, async (mirror) => {
        const args = ['--topo-order', '--no-commit-header', '--format=%H%x00%B%x00', `--max-count=${most}`];
        const range = ['--end-of-options', objectId(tipSha), `^${objectId(sinceSha)}`];
        const { text } = await mirrors.git(mirror, 'rev-list', [...args, ...range]);
        const parts = text.split('\0');
        return Array.from({ length: Math.floor(parts.length / 2) }, (_each, index) => ({
          sha: (parts[2 * index] ?? '').trim(),
          message: parts[2 * index + 1] ?? '',
        }));
      }),

    findSquash: (repository, tip, head) =>
      mirrors.withObjects(repository, async (mirror) => {
        const wanted = await treeOf(mirror, head);
        const args = ['--first-parent', '--max-count=1000', '--no-commit-header', '--format=%H %T'];
        const { text } = await mirrors.git(mirror, 'rev-list', [
          ...args,
          '--end-of-options',
          objectId(tip),
          `^${objectId(head)}`,
        ]);
        const found = text.split('\n').find((line) => line.endsWith(` ${wanted}`));
        return found?.split(' ')[0] ?? null;
      }),

    changedFiles: (repository, from, to) =>
      mirrors.withObjects(repository, async (mirror) => {
        if (from === to) return { files: [], insertions: 0, deletions: 0 };
        const { bytes } = await mirrors.git(mirror, 'diff', [
          '--numstat',
          '-z',
          '-M',
          '--no-ext-diff',
          '--no-textconv',
          '--end-of-options',
          objectId(from),
          objectId(to),
          '--',
        ]);
        return readNumstat(bytes);
      }),

    changes: (repository, from, to) =>
      mirrors.withObjects(repository, (mirror) => readChanges(mirrors, mirror, from, to)),

    diff: (repository, from, to, maxBytes) =>
      mirrors.withObjects(repository, async (mirror) => {
        const args = [
          '--stat=120',
          '--patch',
          '-M',
          '--no-color',
          '--no-ext-diff',
          '--no-textconv',
          '--end-of-options',
          objectId(from),
          objectId(to),
          '--',
        ];
        const { bytes } = await mirrors.git(mirror, 'diff', args, { limit: maxBytes + 1 });
        const { text, truncated } = decode(bytes, maxBytes);
        const start = text.startsWith('diff --git ') ? 0 : text.indexOf('\ndiff --git ');
        return start < 0
          ? { stat: text.trimEnd(), patch: '', truncated }
          : { stat: text.slice(0, start).trimEnd(), patch: text.slice(start).replace(/^\n/, ''), truncated };
      }),

    mergeTree: (repository, ours, theirs) =>
      mirrors.withObjects(repository, (mirror) => merge(mirror, ours, theirs)),

    commitTree: (repository, { tree, parents, metadata }) =>
      mirrors.withObjects(repository, (mirror) => {
        const date = commitDate(metadata.date);
        return commit(mirror, {
          tree,
          parents,
          message: commitMessage(metadata),
          author: { ...identities.author, date },
          committer: { ...identities.committer, date },
        });
      }),

    withoutPath: (repository, tree, path) =>
      mirrors.withObjects(repository, async (mirror) => {
        if (nameOf(tree, path) === null) return tree;
        const name = `${tree} without ${path}`;
        const made =
          known.get(`${mirror.key} ${name}`) ?? (await removeEntry(mirrors, mirror, tree, path.split('/')));
        remember(mirror, name, made);
        return made;
      }),
  };
  const knownTree: Objects['knownTree'] = (mirror, sha) => known.get(`${mirror.key} ${sha}^{tree}`);
  return { port, commit, merge, treeOf, isAncestor, newestDate, knownTree };

  async function isAncestor(mirror: Mirror, ancestor: string, descendant: string): Promise<boolean> {
    const args = ['--is-ancestor', '--end-of-options', objectId(ancestor), objectId(descendant)];
    return (await mirrors.git(mirror, 'merge-base', args, { codes: [1] })).code === 0;
  }
}
