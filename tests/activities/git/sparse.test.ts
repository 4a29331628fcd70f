/**
 * A project that works in some folders of a repository: agents and checks get these, commits keep everything else as it was, and what
 * an agent does outside of them is told to it.
 */
import { existsSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Snapshot } from '../../../activities/git/port.ts';
import { workspaceOf } from '../../../domain/model/cone.ts';
import type { OpenMerge } from '../../../domain/model/git.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { commit, createWorld, git, noFence, stampOf, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';

let world: World;
let shop: WorkspaceRef;
beforeEach(async () => {
  world = createWorld({
    files: {
      'README.md': 'Hello\n',
      '.gitignore': 'ignored/\n',
      '.gitattributes': '*.id ident\n',
      'services/README.md': 'Services\n',
      'services/shop/a.txt': 'shop\n',
      'services/shop/src/b.txt': 'deep\n',
      'services/pay/a.txt': 'pay\n',
      'services/pay/.gitattributes': '*.txt text\n',
      'services/pay/src/b.txt': 'pay deep\n',
      'libs/ui/a.txt': 'ui\n',
      'libs/db/a.txt': 'db\n',
      'docs/a.md': 'docs\n',
    },
  });
  shop = { ...world.workspace, paths: ['services/shop', 'libs/ui'] };
  await world.port.resolveBase(world.workspace.repository, null);
});
afterEach(() => world.remove());

const inside = [
  '.gitattributes',
  '.gitignore',
  'README.md',
  'libs/ui/a.txt',
  'services/README.md',
  'services/shop/a.txt',
  'services/shop/src/b.txt',
];

/** The files there, `.git` apart. */
const filesIn = (folder: string): readonly string[] =>
  git(folder, 'ls-files', '-z', '--others', '--cached', '-t')
    .split('\0')
    .filter((line) => line !== '' && !line.startsWith('S '))
    .map((line) => line.slice(2))
    .filter((path) => existsSync(join(folder, path)))
    .toSorted();

const agentOf = (workspace: WorkspaceRef): string => world.port.worktreePath(workspace);
const prepare = (startSha: string, keepChanges = false, workspace = shop): Promise<void> =>
  world.port.prepare(workspace, { branch, startSha, keepChanges });
const snapshot = (startSha: string, port = world.port): Promise<Snapshot> =>
  port.snapshot(shop, { branch, startSha }, 'refs/phasewright/demo/attempts/1/1/1');
const candidate = (workspace = shop, startSha = world.base) =>
  world.activities.commitCandidate({
    key: { owner: 'demo', phase: 1, task: 1, attempt: 1 },
    workspace,
    branch,
    headSha: startSha,
    startSha,
    baseSha: world.base,
    merge: null,
    metadata: stampOf('Task 1'),
    checks: null,
  });

describe('the clone of an agent', () => {
  it('holds the named folders and the files around them', async () => {
    await prepare(world.base);

    expect(filesIn(agentOf(shop))).toEqual(inside);
    expect(existsSync(join(agentOf(shop), 'services/pay'))).toBe(false);
    expect(existsSync(join(agentOf(shop), 'docs'))).toBe(false);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
  });

  it('stays so when its agent switches, resets and stashes', async () => {
    await prepare(world.base);
    const folder = agentOf(shop);

    write(folder, { 'services/shop/a.txt': 'more\n' });
    git(folder, 'stash');
    git(folder, 'switch', '-q', '-c', 'other');
    git(folder, 'reset', '-q', '--hard');

    expect(filesIn(folder)).toEqual(inside);
    expect(git(folder, 'status', '--porcelain')).toBe('');
  });

  it('comes to another commit without files of other folders', async () => {
    await prepare(world.base);
    const next = commit(world.repository, { 'docs/b.md': 'b\n', 'libs/ui/b.txt': 'b\n' });
    await world.port.fetch(world.workspace.repository);

    await prepare(next);

    expect(filesIn(agentOf(shop))).toEqual([...inside, 'libs/ui/b.txt'].toSorted());
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
  });

  it('loses what lay outside when it is prepared again', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/pay/a.txt': 'mine\n', 'services/pay/new.txt': 'mine\n', 'x/y': 'z' });

    await prepare(world.base);

    expect(filesIn(agentOf(shop))).toEqual(inside);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
  });

  it('loses it also when another process prepares it, and links in the place of folders', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/pay/a.txt': 'mine\n', 'elsewhere/src/b.txt': 'pay deep\n' });
    symlinkSync('elsewhere', join(agentOf(shop), 'libs/db'));

    const port = createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env: process.env });
    await port.prepare(shop, { branch, startSha: world.base, keepChanges: false });

    expect(filesIn(agentOf(shop))).toEqual(inside);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
    expect(existsSync(join(agentOf(shop), 'libs/db'))).toBe(false);
  });

  it('holds folders with any name, and is not troubled by a repository named outside', async () => {
    const { repository } = world;
    git(repository, 'update-index', '--add', '--cacheinfo', `160000,${world.base},vendor/lib`);
    const sha = commit(repository, { 'ein Ordner/ü #1/a.txt': 'a\n', 'ein Ordner/b.txt': 'b\n' });
    await world.port.fetch(shop.repository);
    const named = { ...shop, paths: ['ein Ordner/ü #1'] };

    await prepare(sha, false, named);
    write(agentOf(shop), { 'ein Ordner/ü #1/a.txt': 'more\n' });

    expect(await candidate(named, sha)).toMatchObject({
      kind: 'candidate',
      files: ['ein Ordner/ü #1/a.txt'],
    });
    expect(existsSync(join(agentOf(shop), 'ein Ordner/b.txt'))).toBe(true);
    expect(existsSync(join(agentOf(shop), 'vendor'))).toBe(false);
    await world.port.checkOut(named, { branch, sha });
    expect(existsSync(join(world.port.checksPath(shop), 'ein Ordner/ü #1/a.txt'))).toBe(true);
    expect(existsSync(join(world.port.checksPath(shop), 'services'))).toBe(false);
  });

  it('keeps what setup put beside the patterns in its git folder', async () => {
    await prepare(world.base);
    const exclude = join(agentOf(shop), '.git/info/exclude');
    await world.port.aroundSetup(shop, async () => write(agentOf(shop), { '.git/info/exclude': '*.tmp\n' }));

    await prepare(world.base);

    expect(readFileSync(exclude, 'utf8')).toBe('*.tmp\n');
    expect(await world.port.keepsSetup(shop)).toBe(true);
    expect(git(agentOf(shop), 'sparse-checkout', 'list')).toBe('libs/ui\nservices/shop');
  });

  it('takes other folders when the project has others now', async () => {
    await prepare(world.base);
    await prepare(world.base, false, { ...shop, paths: ['docs'] });
    expect(filesIn(agentOf(shop))).toEqual(['.gitattributes', '.gitignore', 'README.md', 'docs/a.md']);

    await prepare(world.base, false, world.workspace);
    expect(filesIn(agentOf(shop))).toHaveLength(12);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');

    await prepare(world.base);
    expect(filesIn(agentOf(shop))).toEqual(inside);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
  });
});

describe('a candidate', () => {
  it('holds what was changed inside, and everything else as it was', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/a.txt': 'sold\n', 'libs/ui/new.txt': 'new\n', 'top.txt': 'top\n' });
    rmSync(join(agentOf(shop), 'services/shop/src/b.txt'));

    const made = await candidate();

    if (made.kind !== 'candidate') throw new Error(JSON.stringify(made));
    expect(made.files).toEqual([
      'libs/ui/new.txt',
      'services/shop/a.txt',
      'services/shop/src/b.txt',
      'top.txt',
    ]);
    const differing = await world.port.changes(world.workspace.repository, world.base, made.sha);
    expect([...differing.keys()].toSorted()).toEqual(made.files);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
  });

  it('is nothing where nothing was changed, though most files are not there', async () => {
    await prepare(world.base);

    expect(await candidate()).toEqual({ kind: 'empty' });
  });

  it('is the same when another process takes the files', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/a.txt': 'sold\n' });
    const taken = await snapshot(world.base);

    const port = createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env: process.env });
    const again = await snapshot(world.base, port);

    if (taken.kind !== 'taken' || again.kind !== 'taken') throw new Error(JSON.stringify([taken, again]));
    expect(again.tree).toBe(taken.tree);
  });

  it('goes on from an earlier one, without its notes', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/a.txt': 'one\n', 'PLAN.md': 'notes\n' });
    const first = await candidate();
    if (first.kind !== 'candidate') throw new Error(JSON.stringify(first));

    write(agentOf(shop), { 'services/shop/a.txt': 'two\n' });
    const second = await candidate(shop, first.sha);

    if (second.kind !== 'candidate') throw new Error(JSON.stringify(second));
    expect(second.files).toEqual(['services/shop/a.txt']);
    expect(filesIn(agentOf(shop))).toEqual(inside);
  });
});

describe('a change outside', () => {
  it.each([
    ['a new file', { 'services/pay/new.txt': 'new\n' }, 'services/pay/new.txt'],
    ['a file of the commit', { 'docs/a.md': 'changed\n' }, 'docs/a.md'],
    ['a folder of its own', { 'tools/x/y.sh': 'true\n' }, 'tools/x/y.sh'],
    ['a file in the place of a folder', { docs: 'a file\n' }, 'docs/a.md'],
    ['an ignored file of the commit', { '.gitignore': '*.md\n', 'docs/a.md': 'changed\n' }, 'docs/a.md'],
  ] as const)('is told to the agent: %s', async (_what, files: Record<string, string>, named) => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/a.txt': 'sold\n', ...files });

    const made = await candidate();

    if (made.kind !== 'refused') throw new Error(JSON.stringify(made));
    expect(made.why).toContain(`'${named}'`);
    expect(made.why).toContain('services/shop, libs/ui');
  });

  it('is told where a link stands for a folder', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/db/a.txt': 'db\n' });
    symlinkSync('../services/shop/db', join(agentOf(shop), 'libs/db'));

    expect(await candidate()).toMatchObject({ kind: 'refused', why: expect.stringContaining('libs/db') });
  });

  it('is told when the agent committed the deletion of a file there', async () => {
    await prepare(world.base);
    git(agentOf(shop), 'rm', '-q', '--sparse', 'docs/a.md');
    git(agentOf(shop), 'commit', '-q', '-m', 'Without docs');

    expect(await candidate()).toMatchObject({ kind: 'refused', why: expect.stringContaining("'docs/a.md'") });
  });

  it('may be put right, and the work goes on with the files as they are', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/a.txt': 'sold\n', 'docs/a.md': 'changed\n' });
    expect((await candidate()).kind).toBe('refused');

    await prepare(world.base, true);
    rmSync(join(agentOf(shop), 'docs'), { recursive: true });

    expect(await candidate()).toMatchObject({ kind: 'candidate', files: ['services/shop/a.txt'] });
  });

  it('is none where the agent only looked at a file of another folder', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/shop/a.txt': 'sold\n' });
    git(agentOf(shop), 'sparse-checkout', 'disable');
    expect(existsSync(join(agentOf(shop), 'docs/a.md'))).toBe(true);

    expect(await candidate()).toMatchObject({ kind: 'candidate', files: ['services/shop/a.txt'] });
  });

  it('is none where setup made it', async () => {
    await prepare(world.base);
    await world.port.aroundSetup(shop, async () =>
      write(agentOf(shop), { 'services/pay/made.txt': 'made\n', 'services/pay/a.txt': 'generated\n' }),
    );
    write(agentOf(shop), { 'services/shop/a.txt': 'sold\n' });

    expect(await candidate()).toMatchObject({ kind: 'candidate', files: ['services/shop/a.txt'] });
  });
});

describe('the checks’ checkout', () => {
  const checksOf = (): string => world.port.checksPath(shop);

  it('holds the same folders of the commit', async () => {
    await world.port.checkOut(shop, { branch, sha: world.base });

    expect(filesIn(checksOf())).toEqual(inside);
    expect(git(checksOf(), 'status', '--porcelain')).toBe('');
    expect(await world.port.changedSince(shop, world.base)).toEqual([]);
  });

  it('loses what the last run left outside, also over files of the commit', async () => {
    await world.port.checkOut(shop, { branch, sha: world.base });
    write(checksOf(), { 'services/pay/a.txt': 'mine\n', 'docs/left/x': 'x\n', 'services/shop/a.txt': 'x\n' });
    expect(await world.port.changedSince(shop, world.base)).toEqual([
      'services/pay/a.txt',
      'services/shop/a.txt',
    ]);

    const next = commit(world.repository, { 'libs/db/a.txt': 'newer\n', 'libs/ui/a.txt': 'newer\n' });
    await world.port.fetch(shop.repository);
    await world.port.checkOut(shop, { branch, sha: next });

    expect(filesIn(checksOf())).toEqual(inside);
    expect(readFileSync(join(checksOf(), 'libs/ui/a.txt'), 'utf8')).toBe('newer\n');
    expect(git(checksOf(), 'status', '--porcelain')).toBe('');
  });

  it('keeps what setup made, wherever it lies', async () => {
    await world.port.checkOut(shop, { branch, sha: world.base });
    write(checksOf(), { 'services/pay/made': 'made\n', 'ignored/x': 'x\n', 'services/pay/a.txt': 'mine\n' });
    await world.port.keepSetup(shop, { branch, sha: world.base });

    expect(await world.port.checkOut(shop, { branch, sha: world.base })).toBe(true);
    expect(existsSync(join(checksOf(), 'services/pay/made'))).toBe(true);
    expect(existsSync(join(checksOf(), 'services/pay/a.txt'))).toBe(false);
  });
});

describe('a kept ground', () => {
  const another = (paths?: readonly string[]): WorkspaceRef => ({
    ...world.workspaceOf('another'),
    ...(paths === undefined ? {} : { paths }),
  });

  it('serves a project of the same folders, without what was left outside', async () => {
    await prepare(world.base);
    write(agentOf(shop), { 'services/pay/a.txt': 'mine\n', 'docs/x': 'mine\n', 'services/shop/c': 'mine\n' });
    await world.port.close(shop, noFence);
    const made = world.verbs.length;

    const next = another(shop.paths);
    await prepare(world.base, false, next);

    expect(filesIn(agentOf(next))).toEqual(inside);
    expect(git(agentOf(next), 'status', '--porcelain')).toBe('');
    expect(world.verbs.slice(made)).toContain('read-tree');
  });

  it('serves no project of other folders, or of all', async () => {
    await prepare(world.base);
    await world.port.close(shop, noFence);

    await prepare(world.base, false, another(['docs']));
    expect(filesIn(agentOf(another()))).toEqual(['.gitattributes', '.gitignore', 'README.md', 'docs/a.md']);
    await world.port.close(another(), noFence);

    await prepare(world.base, false, another());
    expect(filesIn(agentOf(another()))).toHaveLength(12);
  });
});

describe('a merge', () => {
  const key = { owner: 'demo', phase: 1, task: 1, attempt: 1 };
  /** A branch with a change of its own, and a base that has moved. */
  async function diverged(ours: Record<string, string>, theirs: Record<string, string>) {
    const { repository, base, activities } = world;
    git(repository, 'switch', '-q', '-c', 'ours');
    const headSha = commit(repository, ours, 'Ours');
    git(repository, 'switch', '-q', 'main');
    const baseSha = commit(repository, theirs, 'Theirs');
    await world.port.fetch(shop.repository);
    const result = await activities.bringUpToDate({
      workspace: shop,
      branch: 'ours',
      headSha,
      startSha: base,
      baseBranch: 'main',
      baseSha: base,
      landedSha: null,
      how: 'merge',
      withoutSha: null,
      metadata: stampOf('Merge'),
    });
    return { headSha, baseSha, result };
  }
  const resolve = async (
    { headSha, merge }: { readonly headSha: string; readonly merge: OpenMerge },
    files: Record<string, string>,
  ) => {
    const { startSha } = merge;
    const workspace = workspaceOf(shop, merge);
    await world.activities.prepareWorktree({ key, workspace, branch, startSha, keepChanges: false });
    const seen = filesIn(agentOf(shop));
    write(agentOf(shop), files);
    const made = await world.activities.commitCandidate({
      ...{ key, workspace: shop, branch, headSha, startSha, baseSha: world.base, merge },
      metadata: stampOf('Finish'),
      checks: null,
    });
    if (made.kind !== 'candidate') throw new Error(JSON.stringify(made));
    return { seen, sha: made.sha };
  };
  const shown = (sha: string, path: string): Promise<string | undefined> =>
    world.port.readFile(shop.repository, sha, path, 1_000).then((read) => read?.text);

  it('without a conflict brings what others did outside', async () => {
    const { result } = await diverged({ 'services/shop/a.txt': 'ours\n' }, { 'docs/a.md': 'theirs\n' });
    if (result.kind !== 'updated') throw new Error(result.kind);
    expect(await shown(result.headSha, 'docs/a.md')).toBe('theirs\n');
    expect(await shown(result.headSha, 'services/shop/a.txt')).toBe('ours\n');
  });

  it('that conflicts inside is finished there, and brings what others did outside', async () => {
    const { headSha, result } = await diverged(
      { 'services/shop/a.txt': 'ours\n' },
      { 'services/shop/a.txt': 'theirs\n', 'docs/a.md': 'theirs\n' },
    );
    if (result.kind !== 'conflict') throw new Error(result.kind);

    const { seen, sha } = await resolve(
      { headSha, merge: result.merge },
      { 'services/shop/a.txt': 'both\n' },
    );

    expect(seen).toEqual(inside);
    expect(await shown(sha, 'docs/a.md')).toBe('theirs\n');
    expect(await shown(sha, 'services/shop/a.txt')).toBe('both\n');
  });

  it('that conflicts outside gives its agent the whole repository, and the next one the folders again', async () => {
    await prepare(world.base);
    const { headSha, result } = await diverged({ 'docs/a.md': 'ours\n' }, { 'docs/a.md': 'theirs\n' });
    if (result.kind !== 'conflict') throw new Error(result.kind);

    const { seen, sha } = await resolve({ headSha, merge: result.merge }, { 'docs/a.md': 'both\n' });

    expect(seen).toHaveLength(12);
    expect(await shown(sha, 'docs/a.md')).toBe('both\n');
    await prepare(sha);
    expect(filesIn(agentOf(shop))).toEqual(inside);
    expect(git(agentOf(shop), 'status', '--porcelain')).toBe('');
  });
});
