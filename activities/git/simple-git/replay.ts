/** Rebase by plumbing: each commit's change merged onto the new base, without a checkout. */
import type { TaskCommit } from '../../../domain/model/git.ts';
import { taskOf } from '../../../domain/text/commit-message.ts';
import type { Git, MergeTree } from '../port.ts';
import { objectId, type Person } from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';
import type { Objects } from './objects.ts';
import { samePatches } from './patches.ts';

interface Original {
  readonly sha: string;
  readonly parent: string;
  readonly message: string;
  readonly author: Person;
  readonly committer: Person;
}

const fields = '%H%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B%x00';

async function readRange(mirrors: Mirrors, mirror: Mirror, base: string, head: string): Promise<Original[]> {
  // First parents only: a merge in the range counts as the one change that it made to the branch.
  const { text } = await mirrors.git(mirror, 'rev-list', [
    '--reverse',
    '--topo-order',
    '--first-parent',
    '--no-commit-header',
    '--date=raw',
    `--format=${fields}`,
    '--end-of-options',
    objectId(head),
    `^${objectId(base)}`,
  ]);
  const parts = text.split('\0');
  const commits: Original[] = [];
  for (let index = 0; index + 8 < parts.length; index += 9) {
    const [
      sha = '',
      parents = '',
      authorName = '',
      authorEmail = '',
      authored = '',
      name = '',
      email = '',
      committed = '',
      message = '',
    ] = parts.slice(index, index + 9);
    commits.push({
      sha: sha.trim(),
      parent: parents.split(' ')[0] ?? '',
      message: message.endsWith('\n') ? message : `${message}\n`,
      author: { name: authorName, email: authorEmail, date: `@${authored}` },
      committer: { name, email, date: `@${committed}` },
    });
  }
  return commits;
}

export function createReplay(mirrors: Mirrors, objects: Objects): Git['replay'] {
  return (repository, { baseSha, headSha, ontoSha }) =>
    mirrors.withObjects(repository, async (mirror) => {
      let tip = objectId(ontoSha);
      const commits: TaskCommit[] = [];
      const pairs: (readonly [string, string])[] = [];
      let dropped = false;
      const range = await readRange(mirrors, mirror, baseSha, headSha);
      for (const original of range) {
        const tree = await replayTree(mirror, original, tip);
        if (typeof tree !== 'string') return tree;
        if (tree === (await objects.treeOf(mirror, tip))) {
          // Its change is already there; the commit that holds it stands for the task.
          dropped = true;
        } else {
          const { message, author, committer } = original;
          tip = await objects.commit(mirror, { tree, parents: [tip], message, author, committer });
          pairs.push([original.sha, tip]);
        }
        const task = taskOf(original.message);
        if (task !== undefined) commits.push({ task, sha: tip });
      }
      return {
        kind: 'replayed',
        headSha: tip,
        commits,
        linear: range[0]?.parent === baseSha,
        samePatches: !dropped && (await samePatches(mirrors, mirror, pairs)),
      };
    });

  async function replayTree(
    mirror: Mirror,
    original: Original,
    tip: string,
  ): Promise<string | Extract<MergeTree, { readonly kind: 'conflict' }>> {
    if (original.parent === '') return objects.treeOf(mirror, original.sha);
    const tipTree = await objects.treeOf(mirror, tip);
    if (tipTree === (await objects.treeOf(mirror, original.parent)))
      return objects.treeOf(mirror, original.sha);
    // merge-tree looks for the merge base itself; a stand-in for the tip whose only parent is the original's makes it that one.
    const { author, committer } = original;
    const standIn = await objects.commit(mirror, {
      tree: tipTree,
      parents: [original.parent],
      message: 'stand-in\n',
      author,
      committer,
    });
    const merged = await objects.merge(mirror, standIn, original.sha);
    return merged.kind === 'clean' ? merged.tree : merged;
  }
}
