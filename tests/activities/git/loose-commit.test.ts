import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type NewCommit, writeLooseCommit } from '../../../activities/git/simple-git/loose-commit.ts';
import { commitMessage, emptyTree, ourIdentities } from '../../../activities/git/simple-git/map.ts';
import { runGit, signedBy } from '../../support/git.ts';

const person = { ...ourIdentities.author, date: '@1700000000 +0000' };

describe('a commit written without a process', () => {
  let folder: string;
  let tree: string;
  let parent: string;
  const env = {
    ...signedBy(person.name, person.email),
    GIT_AUTHOR_DATE: person.date,
    GIT_COMMITTER_DATE: person.date,
  };
  const git = (args: readonly string[], input = '') => runGit(folder, args, { env, input });
  const byGit = ({ tree: of, parents, message }: NewCommit) =>
    git(['commit-tree', ...parents.flatMap((each) => ['-p', each]), '-F', '-', of], message);
  const make = (change: Partial<NewCommit> = {}): NewCommit => ({
    tree,
    parents: [parent],
    message: 'A change\n',
    author: person,
    committer: person,
    ...change,
  });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'phasewright-loose-'));
    git(['init', '-q', '--bare', '.']);
    const blob = git(['hash-object', '-w', '--stdin'], 'content');
    tree = git(['mktree'], `100644 blob ${blob}\tfile.txt\n`);
    parent = git(['commit-tree', tree, '-m', 'First']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const withMessage = (subject: string) =>
    make({
      message: commitMessage({ date: '', subject, body: subject, trailers: [['Phasewright-Task', '1']] }),
    });

  it('is the one that git makes, to the byte, whatever a person writes', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    await fc.assert(
      fc.asyncProperty(text, async (subject) => {
        const commit = withMessage(subject);
        expect(await writeLooseCommit(folder, commit)).toBe(byGit(commit));
      }),
      { numRuns: 30 },
    );
  });

  it('is the one that git makes or is left to git, whatever else may be in a message', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (subject) => {
        const commit = withMessage(subject);
        expect([byGit(commit), undefined]).toContain(await writeLooseCommit(folder, commit));
      }),
      { numRuns: 30 },
    );
    expect(await writeLooseCommit(folder, withMessage('not a character: \uffff'))).toBeUndefined();
  });

  it('can be read by git, and stands its strictest check', async () => {
    const id = await writeLooseCommit(folder, make({ message: 'Only written here\n' }));
    expect(git(['cat-file', '-p', String(id)])).toContain('Only written here');
    expect(git(['fsck', '--strict', '--no-dangling'])).toBe('');
  });

  it('takes the empty tree, no parent and two parents as git does', async () => {
    const second = byGit(make({ parents: [], message: 'Second\n' }));
    for (const change of [{ tree: emptyTree }, { parents: [] }, { parents: [parent, second] }]) {
      const commit = make(change);
      expect(await writeLooseCommit(folder, commit)).toBe(byGit(commit));
    }
  });

  it('leaves to git what git would change, refuse, or have to look for', async () => {
    const absent = '1'.repeat(40);
    const odd: readonly Partial<NewCommit>[] = [
      { parents: [absent] },
      { tree: absent },
      { tree: parent },
      { parents: [tree] },
      { parents: [parent, parent] },
      { message: 'no end of line' },
      { message: 'half a character \ud800\n' },
      { author: { ...person, name: 'A <b>' } },
      { author: { ...person, name: ' Spaces ' } },
      { committer: { ...person, date: 'yesterday' } },
    ];
    for (const change of odd) expect(await writeLooseCommit(folder, make(change))).toBeUndefined();
  });

  it('leaves no draft behind when the repository cannot be written', async () => {
    if (process.getuid?.() === 0)
      return expect(await writeLooseCommit(join(folder, 'nowhere'), make())).toBeUndefined();
    const before = readdirSync(join(folder, 'objects'), { recursive: true }).length;
    chmodSync(join(folder, 'objects'), 0o555);
    expect(await writeLooseCommit(folder, make({ message: 'Unwritten\n' }))).toBeUndefined();
    chmodSync(join(folder, 'objects'), 0o755);
    expect(readdirSync(join(folder, 'objects'), { recursive: true })).toHaveLength(before);
  });
});
