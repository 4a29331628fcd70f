/** Merges that git can't finish: each conflict is told by its kind, and is resolved only when somebody has decided it. */
import { chmodSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OpenMerge } from '../../../domain/model/git.ts';
import { pathFromBytes } from '../../../domain/text/byte-path.ts';
import { commit, createWorld, git, makeBranch, noFence, stampOf, type World, write } from './support.ts';

const branch = 'project/demo/integration';
let world: World;
afterEach(() => world.remove());

type Change = (folder: string) => void;
const latin = (folder: string, name: string) =>
  Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
const binary = (seed: number) => Buffer.from(Array.from({ length: 300 }, (_each, at) => (at * seed) % 256));

/** Ours and theirs both come from a commit with what `before` made. */
async function conflicted(sides: { before: Change; ours: Change; theirs: Change }): Promise<OpenMerge> {
  const { repository } = world;
  const on = (at: string, change: Change, message: string): string => {
    git(repository, 'switch', '-q', '--detach', at);
    change(repository);
    return commit(repository, {}, message);
  };
  const start = on('main', sides.before, 'Before');
  const ours = on(start, sides.ours, 'Ours');
  const theirs = on(start, sides.theirs, 'Theirs');
  git(repository, 'update-ref', 'refs/heads/main', theirs);
  git(repository, 'update-ref', 'refs/heads/ours', ours);
  await world.port.fetch(world.workspace.repository);
  await makeBranch(world, branch, ours, noFence);
  head = ours;
  const result = await world.activities.bringUpToDate({
    workspace: world.workspace,
    branch,
    headSha: ours,
    startSha: start,
    baseBranch: 'main',
    baseSha: start,
    landedSha: null,
    how: 'merge',
    withoutSha: null,
    metadata: stampOf('Merge'),
  });
  if (result.kind !== 'conflict') throw new Error(result.kind);
  return result.merge;
}

let head: string;
let attempt = 0;

/** What an agent makes of it, and how that is judged. */
async function finish(
  merge: OpenMerge,
  work: Change,
  resolved: readonly string[] = [],
  startSha = merge.startSha,
) {
  attempt += 1;
  const key = { owner: 'demo', phase: 1, task: 1, attempt };
  const { workspace } = world;
  await world.activities.prepareWorktree({ key, workspace, branch, startSha, keepChanges: false });
  work(world.port.worktreePath(workspace));
  return world.activities.commitCandidate({
    key,
    workspace,
    branch,
    headSha: head,
    startSha,
    baseSha: world.base,
    merge,
    resolved,
    metadata: stampOf('Finish'),
    checks: null,
  });
}

const nothing: Change = () => undefined;
const kinds = (merge: OpenMerge) => Object.fromEntries(merge.files.map(({ path, kind }) => [path, kind]));

it('names a file that tools obey when the agent changed it, and not when base did', async () => {
  world = createWorld();
  const merge = await conflicted({
    before: (folder) => write(folder, { 'lines.txt': 'a\n', '.npmrc': 'a=1\n' }),
    ours: (folder) => write(folder, { 'lines.txt': 'ours\n' }),
    theirs: (folder) =>
      write(folder, { 'lines.txt': 'theirs\n', '.github/ci.yml': 'x\n', '.npmrc': 'a=2\n' }),
  });
  const both = { 'lines.txt': 'both\n' };
  const plain = await finish(merge, (folder) => write(folder, both));
  expect(plain).toMatchObject({ kind: 'candidate', sensitive: { files: [] } });
  const more = await finish(merge, (folder) =>
    write(folder, { ...both, '.npmrc': 'a=3\n', 'AGENTS.md': 'x\n' }),
  );
  expect(more).toMatchObject({ sensitive: { files: ['.npmrc', 'AGENTS.md'], more: false } });
});

describe('a conflict without markers', () => {
  let merge: OpenMerge;
  beforeEach(async () => {
    world = createWorld();
    merge = await conflicted({
      before(folder) {
        writeFileSync(join(folder, 'logo.bin'), binary(3));
        write(folder, { 'gone.txt': 'keep\n', 'lines.txt': 'a\nb\nc\n', 'name.txt': 'x\n'.repeat(20) });
      },
      ours(folder) {
        writeFileSync(join(folder, 'logo.bin'), binary(5));
        write(folder, { 'gone.txt': 'changed\n', 'lines.txt': 'a\nours\nc\n' });
        renameSync(join(folder, 'name.txt'), join(folder, 'ours.txt'));
      },
      theirs(folder) {
        writeFileSync(join(folder, 'logo.bin'), binary(7));
        rmSync(join(folder, 'gone.txt'));
        write(folder, { 'lines.txt': 'a\ntheirs\nc\n' });
        renameSync(join(folder, 'name.txt'), join(folder, 'theirs.txt'));
      },
    });
  });

  it('is told by its kind, with what both sides did in words that name the branches', () => {
    expect(kinds(merge)).toEqual({
      'gone.txt': 'modify/delete',
      'lines.txt': 'content',
      'logo.bin': 'binary',
      'name.txt': 'rename/rename',
      'ours.txt': 'rename/rename',
      'theirs.txt': 'rename/rename',
    });
    expect(merge.files.find(({ path }) => path === 'gone.txt')?.says).toBe(
      `gone.txt deleted in 'main' and modified in '${branch}'. Version '${branch}' of gone.txt left in tree.`,
    );
  });

  it('stays unresolved while nobody has decided it, whatever became of the markers of others', async () => {
    const result = await finish(merge, (folder) => write(folder, { 'lines.txt': 'a\nboth\nc\n' }));
    if (result.kind !== 'unresolved') throw new Error(result.kind);
    expect(result.files.map(({ path }) => path)).toEqual([
      'gone.txt',
      'logo.bin',
      'name.txt',
      'ours.txt',
      'theirs.txt',
    ]);
    const markers = await finish(merge, nothing, ['gone.txt', 'logo.bin', 'name.txt', 'lines.txt']);
    expect(markers).toMatchObject({ kind: 'unresolved', files: [{ path: 'lines.txt', kind: 'content' }] });
  });

  it('is resolved by a change of the file, of one of a rename, or by naming it; and how each ended is told', async () => {
    const result = await finish(
      merge,
      (folder) => {
        write(folder, { 'lines.txt': 'a\nboth\nc\n' });
        writeFileSync(join(folder, 'logo.bin'), binary(7));
        rmSync(join(folder, 'theirs.txt'));
      },
      ['gone.txt'],
    );
    expect(result).toMatchObject({
      kind: 'candidate',
      resolved: [
        { path: 'gone.txt', kind: 'modify/delete', ended: 'ours' },
        { path: 'lines.txt', kind: 'content', ended: 'edited' },
        { path: 'logo.bin', kind: 'binary', ended: 'theirs' },
        { path: 'name.txt', kind: 'rename/rename', ended: 'deleted' },
        { path: 'ours.txt', kind: 'rename/rename', ended: 'ours' },
        { path: 'theirs.txt', kind: 'rename/rename', ended: 'deleted' },
      ],
    });
    if (result.kind !== 'candidate') throw new Error(result.kind);
    // The next attempt goes on from there, and need not say it again.
    const again = await finish(merge, (folder) => write(folder, { 'more.txt': 'x' }), [], result.sha);
    expect(again).toMatchObject({ kind: 'candidate', resolved: result.resolved });
  });
});

it('knows a link that both sides changed, and a file against a folder, as conflicts that no marker shows', async () => {
  world = createWorld();
  const link =
    (to: string): Change =>
    (folder) => {
      rmSync(join(folder, 'link'), { force: true });
      symlinkSync(to, join(folder, 'link'));
    };
  const merge = await conflicted({
    before: link('README.md'),
    ours(folder) {
      link('ours')(folder);
      write(folder, { thing: 'a file' });
    },
    theirs(folder) {
      link('theirs')(folder);
      write(folder, { 'thing/inside.txt': 'a folder' });
    },
  });
  expect(Object.values(kinds(merge))).not.toContain('content');
  expect(await finish(merge, nothing)).toMatchObject({ kind: 'unresolved' });
  expect(
    await finish(
      merge,
      nothing,
      merge.files.map(({ path }) => path),
    ),
  ).toMatchObject({ kind: 'candidate' });
});

it('counts no marker that a text about merges had before, and every one that git made', async () => {
  world = createWorld();
  const example = '<<<<<<< HEAD\nyours\n=======\n>>>>>>> other\n';
  const doc =
    (line: string): Change =>
    (folder) =>
      write(folder, { 'doc.md': `${example}\n${line}\n` });
  const merge = await conflicted({ before: doc('before'), ours: doc('ours'), theirs: doc('theirs') });
  expect(await finish(merge, nothing)).toMatchObject({ kind: 'unresolved', files: [{ path: 'doc.md' }] });
  expect(await finish(merge, doc('both'))).toMatchObject({
    kind: 'candidate',
    resolved: [{ path: 'doc.md', kind: 'content', ended: 'edited' }],
  });
});

describe('a file whose name is not UTF-8', () => {
  const name = 'gr\xfcn.txt';
  const path = pathFromBytes(Buffer.from(name, 'latin1'));

  it('is looked at for its markers like any other', async () => {
    world = createWorld();
    const line =
      (text: string): Change =>
      (folder) =>
        writeFileSync(latin(folder, name), `${text}\n`);
    const merge = await conflicted({ before: line('before'), ours: line('ours'), theirs: line('theirs') });
    expect(kinds(merge)).toEqual({ [path]: 'content' });
    expect(await finish(merge, nothing)).toMatchObject({ kind: 'unresolved', files: [{ path }] });
    const mended = await finish(merge, (folder) => {
      expect(readFileSync(latin(folder, name), 'latin1')).toContain('<<<<<<<');
      line('both')(folder);
    });
    expect(mended).toMatchObject({ kind: 'candidate', resolved: [{ path, ended: 'edited' }] });
  });

  it('can be named as right, where its conflict has no marker', async () => {
    world = createWorld();
    const line =
      (text: string): Change =>
      (folder) =>
        writeFileSync(latin(folder, name), `${text}\n`);
    const merge = await conflicted({
      before: line('before'),
      ours: line('ours'),
      theirs: (folder) => rmSync(latin(folder, name)),
    });
    expect(await finish(merge, nothing)).toMatchObject({ kind: 'unresolved', files: [{ path }] });
    expect(await finish(merge, nothing, [path])).toMatchObject({
      kind: 'candidate',
      resolved: [{ path, kind: 'modify/delete', ended: 'ours' }],
    });
  });

  it('keeps its name when another file is taken out of the tree', async () => {
    world = createWorld();
    const { repository } = world;
    git(repository, 'switch', '-q', '--detach', 'main');
    for (const each of ['caf\xe8', 'caf\xe9']) writeFileSync(latin(repository, each), each, 'latin1');
    chmodSync(join(repository, 'README.md'), 0o755);
    const before = commit(repository, {}, 'Names');
    const sha = commit(repository, { 'notes/PLAN.md': 'x', 'PLAN.md': 'mine' }, 'Plan');
    await world.port.fetch(world.workspace.repository);
    git(repository, 'push', '-q', '.', `${sha}:refs/heads/names`);
    await world.port.fetch(world.workspace.repository);
    const tree = await world.port.tree(world.workspace.repository, sha);
    const top = await world.port.withoutPath(world.workspace.repository, tree, 'PLAN.md');
    const less = await world.port.withoutPath(world.workspace.repository, top, 'notes/PLAN.md');
    expect(less).toBe(git(repository, 'rev-parse', `${before}^{tree}`));
    expect(await world.port.listFiles(world.workspace.repository, sha, '')).toEqual([
      'PLAN.md',
      'README.md',
      pathFromBytes(Buffer.from('caf\xe8', 'latin1')),
      pathFromBytes(Buffer.from('caf\xe9', 'latin1')),
    ]);
  });
});
