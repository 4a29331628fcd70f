/** Merge commits in an operator's words. */
import { describe, expect, it } from '@jest/globals';
import type { CodeHost } from '../../activities/code-host/port.ts';
import { nameMerges } from '../../workers/name-merges.ts';
import { createWorld, git, stampOf } from '../activities/git/support.ts';

describe('the subject of a merge', () => {
  it('stands where the operator wants it, and that of other commits stays as it is', async () => {
    const world = createWorld();
    try {
      const port = nameMerges("$' {subject} [bot]").git(world.port);
      const { repository } = world.workspace;
      const tree = await port.tree(repository, world.base);
      const commit = (parents: readonly string[]) =>
        port.commitTree(repository, { tree, parents, metadata: stampOf('Merge the phase') });
      const single = await commit([world.base]);
      const merge = await commit([world.base, single]);
      const messages = await port.log(repository, { sinceSha: world.base, tipSha: merge, most: 9 });

      expect(messages.map(({ message }) => message.split('\n')[0])).toEqual([
        "$' Merge the phase [bot]",
        'Merge the phase',
      ]);
      expect(await commit([world.base, single])).toBe(merge);
      expect(git(world.repository, 'status', '--porcelain')).toBe('');
    } finally {
      world.remove();
    }
  });

  it('is told to a code host that merges by itself', async () => {
    const asked: string[] = [];
    const host = {
      mergePullRequest: (request: { readonly metadata: { readonly subject: string } }) => {
        asked.push(request.metadata.subject);
        return Promise.resolve({ kind: 'closed' });
      },
    } as unknown as CodeHost;
    const request = { metadata: stampOf('Merge pull request #7: Sums') } as never;

    await nameMerges('OPS-1 {subject}').host(host).mergePullRequest(request);
    await nameMerges(undefined).host(host).mergePullRequest(request);

    expect(asked).toEqual(['OPS-1 Merge pull request #7: Sums', 'Merge pull request #7: Sums']);
  });
});
