/** Merging on GitHub: what is looked at before, what its refusals mean, and what is said of a merge that brought something else. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { CodeHost, MergeRequest } from '../../../activities/code-host/port.ts';
import {
  type Asked,
  baseSha,
  branch,
  type CannedGitHub,
  failure,
  headSha,
  mergeSha,
  pull,
  type Reply,
  shop,
  startCannedGitHub,
} from './canned-github.ts';

const [tree, otherTree, otherSha] = ['1', '2', '9'].map((digit) => digit.repeat(40)) as [
  string,
  string,
  string,
];

const request: MergeRequest = {
  repository: shop,
  number: 7,
  workspace: { owner: 'play', repository: shop, host: 'host-a' },
  expectedHeadSha: headSha,
  expectedBaseSha: baseSha,
  method: 'merge',
  metadata: {
    date: '2026-11-21T10:00:00Z',
    subject: 'Merge the phase',
    body: 'All of it.\r\n',
    trailers: [
      ['Phasewright-Project', 'play'],
      ['Phasewright-Phase', '1'],
    ],
  },
  fence: { epoch: 3, sha: otherSha },
};
const message = 'Merge the phase\n\nAll of it.\n\nPhasewright-Project: play\nPhasewright-Phase: 1';

interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message?: string;
}

describe('merging on GitHub', () => {
  let github: CannedGitHub;
  let host: CodeHost;
  let shownPull: Readonly<Record<string, unknown>>;
  let tips: Record<string, string>;
  let commits: Record<string, Commit>;
  let checks: readonly object[];
  let reviews: readonly object[];
  let put: (asked: Asked) => Reply;

  beforeAll(async () => {
    github = await startCannedGitHub();
    ({ host } = github.client());
  });
  afterAll(() => github.stop());
  beforeEach(() => {
    github.asked.length = 0;
    shownPull = pull();
    tips = { main: baseSha, work: headSha };
    commits = {
      [headSha]: { tree, parents: [baseSha] },
      [mergeSha]: { tree, parents: [baseSha, headSha], message },
    };
    checks = [];
    reviews = [];
    put = () => {
      shownPull = mergedPull();
      return { json: { sha: mergeSha, merged: true, message: 'Pull Request successfully merged' } };
    };
    github.answer((asked) => {
      const { method, path } = asked;
      if (method === 'PUT') return put(asked);
      if (path.endsWith('/pulls/7')) return { json: shownPull };
      if (path.includes('/check-runs')) return { json: { total_count: checks.length, check_runs: checks } };
      if (path.includes('/status?'))
        return { json: { state: 'pending', total_count: 0, url: 'x', statuses: [] } };
      if (path.includes('/reviews')) return { json: reviews };
      const [, name = ''] = /\/branches\/(.+)$/.exec(path) ?? [];
      if (tips[name] !== undefined) return branch(tips[name]);
      const commit = commits[/\/git\/commits\/(.+)$/.exec(path)?.[1] ?? ''];
      if (commit === undefined)
        return { status: 404, json: { message: name === '' ? 'Not Found' : 'Branch not found' } };
      const parents = commit.parents.map((sha) => ({ sha }));
      return { json: { sha: 'x', tree: { sha: commit.tree }, parents, message: commit.message ?? 'Work' } };
    });
  });

  const mergedPull = (change: object = {}) =>
    pull({
      state: 'closed',
      merged_at: '2026-11-21T10:00:00Z',
      merged_by: { login: 'phase', type: 'User' },
      mergeable: null,
      ...change,
    });
  const merge = (change: Partial<MergeRequest> = {}) => host.mergePullRequest({ ...request, ...change });
  const puts = () => github.asked.filter(({ method }) => method === 'PUT');
  const merged = { kind: 'merged', sha: mergeSha, tree, fence: request.fence, onBase: null };
  const refuse = (status: number, said: string, then: () => void = () => {}) => {
    put = () => {
      then();
      return { status, json: { message: said, documentation_url: 'https://docs' } };
    };
  };

  it('names the head, the way, and the message with its trailers', async () => {
    expect(await merge()).toEqual(merged);
    expect(puts().map(({ path, body }) => [path, body])).toEqual([
      [
        '/repos/acme/shop/pulls/7/merge',
        {
          sha: headSha,
          merge_method: 'merge',
          commit_title: 'Merge the phase',
          commit_message: message.slice('Merge the phase\n\n'.length),
        },
      ],
    ]);
  });

  it('finds its own merge after the answer got lost', async () => {
    put = () => {
      shownPull = mergedPull();
      return { fault: 'drop' };
    };
    expect(await failure(merge())).toMatchObject({ code: 'CodeHostUnavailable', retryAfterMs: 3_000 });
    expect(await merge()).toEqual(merged);
    expect(puts()).toHaveLength(1);
  });

  describe('before', () => {
    it('asks for nothing when head, base or state are not what was approved', async () => {
      const cases: readonly (readonly [() => void, object])[] = [
        [() => (shownPull = mergedPull()), merged],
        [
          () => (shownPull = mergedPull({ head: { ...head(), sha: otherSha } })),
          { kind: 'head_moved', headSha: otherSha },
        ],
        [() => (shownPull = pull({ state: 'closed' })), { kind: 'closed' }],
        [
          () => {
            shownPull = pull({ head: { ...head(), sha: otherSha } });
            tips['work'] = otherSha;
          },
          { kind: 'head_moved', headSha: otherSha },
        ],
        [() => (tips['main'] = otherSha), { kind: 'base_moved', baseSha: otherSha }],
        [
          () => (shownPull = pull({ mergeable: false, mergeable_state: 'dirty' })),
          { kind: 'conflict', files: [] },
        ],
      ];
      for (const [arrange, outcome] of cases) {
        shownPull = pull();
        tips = { main: baseSha, work: headSha };
        arrange();
        expect(await merge()).toEqual(outcome);
      }
      expect(puts()).toEqual([]);
    });

    it('waits when the pull request does not show yet what was pushed to its branch', async () => {
      shownPull = pull({ head: { ...head(), sha: otherSha } });
      const error = await failure(merge());
      expect(error).toMatchObject({ code: 'CodeHostUnavailable', retryAfterMs: 3_000 });
      expect(error.message).toContain("the last push to 'work'");
    });

    it('names a base that is gone', async () => {
      delete tips['main'];
      expect((await failure(merge())).code).toBe('BaseInvalid');
    });

    it('merges no draft', async () => {
      shownPull = pull({ draft: true, mergeable_state: 'draft' });
      const result = await merge();
      expect(result).toMatchObject({
        kind: 'blocked',
        why: expect.stringContaining('is a draft') as unknown,
      });
      expect(puts()).toEqual([]);
    });

    it('does not use the power to go past a rule, and says what stands against it', async () => {
      shownPull = pull({ mergeable_state: 'blocked' });
      const run = (name: string, conclusion: string | null) => ({
        name,
        status: conclusion === null ? 'in_progress' : 'completed',
        conclusion,
        html_url: null,
        details_url: null,
        output: { title: null },
      });
      checks = [run('lint', 'success'), run('test', 'failure'), run('deploy', null)];
      const review = { commit_id: headSha, body: 'No.', submitted_at: '2026-11-21T10:00:00Z' };
      reviews = [{ id: 1, user: { login: 'rita', type: 'User' }, state: 'CHANGES_REQUESTED', ...review }];
      const result = await merge();
      if (result.kind !== 'blocked') throw new Error(result.kind);
      expect(result.why).toMatchInlineSnapshot(
        `"Rules of acme/shop for 'main' stand against the merge of #7: 1 of 3 checks failed: test; 1 of 3 checks pending: deploy; changes are asked for by rita; nobody has approved this commit on GitHub."`,
      );
      expect(puts()).toEqual([]);
    });
  });

  describe('a refusal', () => {
    it('is what the next look shows', async () => {
      const cases: readonly (readonly [number, string, () => void, object])[] = [
        [
          409,
          'Head branch was modified. Review and try the merge again.',
          moveHead,
          { kind: 'head_moved', headSha: otherSha },
        ],
        [
          405,
          'Base branch was modified. Review and try the merge again.',
          moveBase,
          { kind: 'base_moved', baseSha: otherSha },
        ],
        [405, 'Pull Request is not mergeable', conflict, { kind: 'conflict', files: [] }],
        [405, 'Pull Request is not mergeable', () => (shownPull = mergedPull()), merged],
        [
          405,
          'Pull Request is not mergeable',
          () => (shownPull = pull({ state: 'closed' })),
          { kind: 'closed' },
        ],
      ];
      for (const [status, said, then, outcome] of cases) {
        shownPull = pull();
        tips = { main: baseSha, work: headSha };
        refuse(status, said, then);
        expect(await merge()).toEqual(outcome);
      }
    });

    it('of a rule is told with its words', async () => {
      refuse(405, 'At least 1 approving review is required by reviewers with write access.');
      const result = await merge();
      if (result.kind !== 'blocked') throw new Error(result.kind);
      expect(result.why).toContain('At least 1 approving review is required by reviewers with write access');
    });

    it('of a way to merge says how to allow it', async () => {
      refuse(405, 'Merge commits are not allowed on this repository.');
      const error = await failure(merge());
      expect(error.code).toBe('CodeHostRefused');
      expect(error.message).toMatchInlineSnapshot(
        `"acme/shop does not allow merge commits (GitHub says: Merge commits are not allowed on this repository). Allow it in the repository's settings (General, Pull Requests), or choose the other way to merge."`,
      );
      refuse(405, 'Squash merges are not allowed on this repository.');
      expect((await failure(merge({ method: 'squash' }))).message).toContain('squash merging');
    });

    it('while nothing has moved is GitHub still at work', async () => {
      refuse(405, 'Base branch was modified. Review and try the merge again.');
      expect(await failure(merge())).toMatchObject({ code: 'CodeHostUnavailable', retryAfterMs: 3_000 });
    });

    it('for want of a right is told as one', async () => {
      refuse(403, 'Resource not accessible by integration');
      expect((await failure(merge())).code).toBe('CodeHostRefused');
    });
  });

  describe('what landed', () => {
    it('differs when the base moved between the look and the merge', async () => {
      commits[mergeSha] = { tree: otherTree, parents: [otherSha, headSha], message };
      const result = await merge();
      if (result.kind !== 'merged') throw new Error(result.kind);
      expect(result.differs).toMatchInlineSnapshot(
        `"The commit cccccccccccccccccccccccccccccccccccccccc brought the tree 2222222222222222222222222222222222222222, the approved head aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa has 1111111111111111111111111111111111111111. It was merged onto 9999999999999999999999999999999999999999, not onto the approved bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."`,
      );
      expect(await merge()).toEqual(result);
      expect(puts()).toHaveLength(1);
    });

    it('differs when our own merge stands on another base, though its tree is the same', async () => {
      commits[mergeSha] = { tree, parents: [otherSha, headSha], message };
      expect(await merge()).toMatchObject({
        kind: 'merged',
        differs: expect.stringContaining(otherSha) as unknown,
      });
    });

    it('is followed as a person brought it in: merged, squashed or rebased', async () => {
      shownPull = mergedPull({ merged_by: { login: 'pia', type: 'User' } });
      for (const parents of [[baseSha, headSha], [baseSha], [otherSha]]) {
        commits[mergeSha] = { tree, parents, message: 'Merge pull request #7 from acme/work' };
        expect(await merge()).toEqual(merged);
      }
      commits[mergeSha] = { tree: otherTree, parents: [otherSha], message: 'Squashed (#7)' };
      expect(await merge()).toMatchObject({
        kind: 'merged',
        differs: expect.stringContaining(otherTree) as unknown,
      });
      expect(puts()).toEqual([]);
    });
  });

  const head = () => ({ label: 'acme:work', ref: 'work', repo: { id: 1 } });
  const moveHead = () => {
    shownPull = pull({ head: { ...head(), sha: otherSha } });
    tips['work'] = otherSha;
  };
  const moveBase = () => void (tips['main'] = otherSha);
  const conflict = () => void (shownPull = pull({ mergeable: false, mergeable_state: 'dirty' }));
});
