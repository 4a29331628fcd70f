/** What is nobody's change: what setup makes, what git's own conversions make of files, what the worker's user ignores everywhere. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitCandidateResult } from '../../../activities/git/contract.ts';
import { createGitActivities } from '../../../activities/git/activities.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { commit, createWorld, git, stampOf, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';
const key = { owner: 'demo', phase: 1, task: 1, attempt: 1 };

let world: World;
let path: string;
afterEach(() => world.remove());

const begin = async (files: Readonly<Record<string, string>>): Promise<void> => {
  world = createWorld({ files });
  path = world.port.worktreePath(world.workspace);
  await prepare();
};
const prepare = (start = world.base, keepChanges = false) =>
  world.activities.prepareWorktree({ key, workspace: world.workspace, branch, startSha: start, keepChanges });
const candidate = (activities = world.activities, start = world.base): Promise<CommitCandidateResult> =>
  activities.commitCandidate({
    key,
    workspace: world.workspace,
    branch,
    headSha: start,
    startSha: start,
    baseSha: start,
    merge: null,
    metadata: stampOf('A task'),
    checks: null,
  });
const made = (result: CommitCandidateResult) => {
  if (result.kind !== 'candidate') throw new Error(JSON.stringify(result));
  return result;
};
const setUp = (...commands: readonly string[]) =>
  world.port.aroundSetup(world.workspace, async () => {
    for (const command of commands) execFileSync('sh', ['-c', command], { cwd: path });
  });

describe('setup', () => {
  beforeEach(() => begin({ 'lock.json': '{"v":1}\n', 'gone.txt': 'g\n', 'a.txt': 'a\n' }));
  const messy =
    'mkdir -p deps/left-pad && echo x > deps/left-pad/index.js && echo v2 > lock.json && rm gone.txt';

  it('adds nothing to the commit by what it makes, changes and removes', async () => {
    await setUp(messy, 'git init -q made && git clone -q . cloned', 'mkfifo pipe', 'chmod 755 a.txt');
    write(path, { 'c.md': 'hello\n' });
    const { sha, files } = made(await candidate());
    expect(files).toEqual(['c.md']);
    expect(git(path, 'ls-tree', '-r', '--name-only', sha).split('\n')).toEqual([
      'a.txt',
      'c.md',
      'gone.txt',
      'lock.json',
    ]);
    expect(git(path, 'ls-tree', sha, 'a.txt')).toMatch(/^100644 /);
  });

  it('that was cut off and runs again is one setup', async () => {
    await expect(setUp('mkdir deps && echo half > deps/half', 'exit 1')).rejects.toThrow('exit 1');
    await setUp(messy);
    write(path, { 'c.md': 'hello\n' });
    expect(made(await candidate()).files).toEqual(['c.md']);
  });

  it('leaves to the agent what the agent changes further', async () => {
    await setUp(messy);
    write(path, { 'lock.json': 'v3\n', 'deps/left-pad/index.js': 'patched\n', 'gone.txt': 'again\n' });
    expect(made(await candidate()).files).toEqual(['deps/left-pad/index.js', 'gone.txt', 'lock.json']);
  });

  it('is nobody’s change in the next attempt on the candidate either', async () => {
    await setUp(messy);
    write(path, { 'c.md': 'hello\n' });
    const { sha } = made(await candidate());
    await prepare(sha, true);
    expect(await candidate(world.activities, sha)).toEqual({ kind: 'empty' });
    write(path, { 'd.md': 'hello\n' });
    expect(made(await candidate(world.activities, sha)).files).toEqual(['d.md']);
  });

  it('that ran on an agent’s files takes none of them', async () => {
    await setUp('true');
    write(path, { 'lock.json': 'by the agent\n', 'c.md': 'hello\n' });
    await prepare(world.base, true);
    await setUp(messy.replace('echo v2', 'echo v2 >> lock.json; echo v2'), 'echo more >> c.md');
    expect(made(await candidate()).files).toEqual(['c.md', 'lock.json']);
  });

  it('may set configuration, make hooks and fill submodules, and they stay', async () => {
    await setUp(
      'git config filter.strip.clean cat',
      'git config core.hooksPath .husky',
      'mkdir -p .git/modules/x && echo x > .git/modules/x/HEAD',
      'git tag v9 && git fetch -q . HEAD:refs/heads/other',
    );
    write(path, { 'c.md': 'hello\n' });
    const { sha } = made(await candidate());
    await prepare(sha);
    expect(git(path, 'config', 'filter.strip.clean')).toBe('cat');
    expect(git(path, 'config', 'core.hooksPath')).toBe('.husky');
    expect(readFileSync(join(path, '.git/modules/x/HEAD'), 'utf8')).toBe('x\n');
  });

  it('may put hooks into .git, and whoever changes them or adds some has them gone for the next', async () => {
    const { port, workspace } = world;
    await setUp('mkdir -p .git/hooks && echo real > .git/hooks/post-commit && mkdir -p .git/lfs/x');
    write(path, { 'c.md': 'hello\n' });
    const first = made(await candidate());
    expect(readFileSync(join(path, '.git/hooks/post-commit'), 'utf8')).toBe('real\n');
    expect(await port.keepsSetup(workspace)).toBe(true);
    await prepare(first.sha, true);
    write(path, {
      'd.md': 'x\n',
      '.git/hooks/post-index-change': 'planted\n',
      '.git/info/attributes': '*\n',
    });
    git(path, 'config', 'core.fsmonitor', 'planted');
    const second = made(await candidate(world.activities, first.sha));
    expect(second.files).toEqual(['d.md']);
    expect(existsSync(join(path, '.git/hooks'))).toBe(false);
    expect(existsSync(join(path, '.git/info'))).toBe(false);
    expect(existsSync(join(path, '.git/lfs/x'))).toBe(true);
    expect(readFileSync(join(path, '.git/config'), 'utf8')).not.toContain('planted');
    expect(await port.keepsSetup(workspace)).toBe(false);
  });

  it('is known to be gone with its files when the clone was cleaned', async () => {
    const { port, workspace } = world;
    expect(await port.keepsSetup(workspace)).toBe(true);
    await setUp(messy);
    expect(await port.keepsSetup(workspace)).toBe(true);
    await prepare();
    expect(await port.keepsSetup(workspace)).toBe(false);
    expect(existsSync(join(path, 'deps'))).toBe(false);
  });
});

describe('files that never equal what is committed of them', () => {
  const crlf = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`zz${index}.txt`, `line ${index}\r\n`]));

  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['line ends that are not normalised', crlf(300), '*.txt text eol=lf\n'],
    ['keywords', { 'a.c': '$Id: 1234 $\n', 'b.c': '/* $Id: x$ */\n' }, '*.c ident\n'],
    ['another encoding', { 'u.txt': '\xff\xfep\0l\0a\0i\0n\0' }, '*.txt working-tree-encoding=UTF-16\n'],
  ])('stay as they are: %s', async (_what, files, attributes) => {
    await begin({ 'a.md': 'a\n' });
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(world.repository, name), text, 'latin1');
    commit(world.repository, {});
    write(world.repository, { '.gitattributes': attributes });
    git(world.repository, 'add', '.gitattributes');
    git(world.repository, 'commit', '-qm', 'Attributes', '--', '.gitattributes');
    const base = git(world.repository, 'rev-parse', 'HEAD');
    for (let tries = 0; tries < 3; tries += 1) {
      await prepare(base);
      write(path, { [`b${tries}.md`]: 'hello\n' });
      const { sha, files: changed } = made(await candidate(world.activities, base));
      expect(changed).toEqual([`b${tries}.md`]);
      await prepare(sha);
      expect(await candidate(world.activities, sha)).toEqual({ kind: 'empty' });
    }
    expect(await world.port.checkOut(world.workspace, { branch, sha: base })).toBe(false);
    expect(await world.port.changedSince(world.workspace, base)).toEqual([]);
    const [first = ''] = Object.keys(files);
    writeFileSync(join(world.port.checksPath(world.workspace), first), 'changed\n');
    expect(await world.port.changedSince(world.workspace, base)).toEqual([first]);
  });
});

describe('names that are no text', () => {
  const latin = (text: string) => Buffer.from(text, 'latin1');
  it('are kept to the byte, and told apart', async () => {
    await begin({ 'a.txt': 'a\n' });
    for (const name of ['caf\xe9.txt', 'caf\xe8.txt'])
      writeFileSync(Buffer.concat([Buffer.from(`${world.repository}/`), latin(name)]), 'x\n');
    const base = commit(world.repository, { 'b.txt': 'b\n' });
    await prepare(base);
    write(path, { 'PLAN.md': 'notes\n', 'c.md': 'hello\n' });
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), latin('caf\xe9.txt')]), 'changed\n');
    writeFileSync(Buffer.concat([Buffer.from(`${path}/`), latin('na\xefve.txt')]), 'new\n');
    const { sha, files } = made(await candidate(world.activities, base));
    expect(files).toEqual(['c.md', '"caf\\351.txt"', '"na\\357ve.txt"']);
    expect(git(path, 'diff-tree', '-r', '--name-only', base, sha).split('\n')).toEqual([
      'c.md',
      '"caf\\351.txt"',
      '"na\\357ve.txt"',
    ]);
    const { files: listed } = await world.port.changedFiles(world.workspace.repository, base, sha);
    expect(listed).toEqual(files);
    await prepare(base);
    expect(git(path, 'status', '--porcelain')).toBe('');
  });
});

describe('what the worker’s user ignores everywhere', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'phasewright-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it.each<[string, () => void]>([
    ['in the usual place', () => write(home, { '.config/git/ignore': '.env.local\n.claude/\n' })],
    [
      'in a file that their configuration names',
      () =>
        write(home, {
          '.gitconfig': '[core]\n\texcludesFile = ~/my-ignores\n',
          'my-ignores': '.env.local\n.claude/\n',
        }),
    ],
  ])('is not committed: %s', async (_what, make) => {
    make();
    await begin({ 'a.txt': 'a\n' });
    const env = { PATH: process.env['PATH'], HOME: home };
    const port = createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env });
    const activities = createGitActivities({ git: port, runChecks: () => Promise.reject(new Error('none')) });
    await activities.prepareWorktree({
      key,
      workspace: world.workspace,
      branch,
      startSha: world.base,
      keepChanges: false,
    });
    write(path, { 'c.md': 'hello\n', '.env.local': 'KEY=abc\n', '.claude/settings.local.json': '{}\n' });
    expect(made(await candidate(activities)).files).toEqual(['c.md']);
  });

  it('may be a pipe, which is passed over', async () => {
    mkdirSync(join(home, '.config/git'), { recursive: true });
    execFileSync('mkfifo', [join(home, '.config/git/ignore')]);
    await begin({ 'a.txt': 'a\n' });
    const env = { PATH: process.env['PATH'], HOME: home };
    const port = createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env });
    const activities = createGitActivities({ git: port, runChecks: () => Promise.reject(new Error('none')) });
    write(path, { 'c.md': 'hello\n' });
    expect(made(await candidate(activities)).files).toEqual(['c.md']);
  });
});

describe('a filter that the operator allows', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'phasewright-home-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it('runs on the way in and out of both grounds', async () => {
    write(home, {
      '.gitconfig': '[filter "crypt"]\n\tclean = tr a-y b-z\n\tsmudge = tr b-z a-y\n\trequired = true\n',
    });
    await begin({ '.gitattributes': 'secrets/** filter=crypt\n', 'secrets/one.env': 'lfz=bbbb\n' });
    const env = { PATH: process.env['PATH'], HOME: home };
    const port = createSimpleGit({ dataDir: world.dataDir, hostId: 'host-1', env, filters: ['crypt'] });
    const activities = createGitActivities({ git: port, runChecks: () => Promise.reject(new Error('none')) });
    rmSync(path, { recursive: true });
    await activities.prepareWorktree({
      key,
      workspace: world.workspace,
      branch,
      startSha: world.base,
      keepChanges: false,
    });
    expect(readFileSync(join(path, 'secrets/one.env'), 'utf8')).toBe('key=aaaa\n');
    write(path, { 'secrets/two.env': 'password=hunter\n' });
    const { sha, files } = made(await candidate(activities));
    expect(files).toEqual(['secrets/two.env']);
    expect(git(path, 'cat-file', 'blob', `${sha}:secrets/two.env`)).toBe('qbttxpse=ivoufs');
    await port.checkOut(world.workspace, { branch, sha });
    const checked = join(port.checksPath(world.workspace), 'secrets/two.env');
    expect(readFileSync(checked, 'utf8')).toBe('password=hunter\n');
    expect(await port.changedSince(world.workspace, sha)).toEqual([]);
  });
});

it.each<[string, () => void]>([
  ['file', () => chmodSync(join(path, 'src/fixture.dat'), 0o000)],
  ['folder', () => chmodSync(join(path, 'src'), 0o000)],
])('refuses a %s that can’t be read, in words of git', async (_what, act) => {
  await begin({ 'a.txt': 'a\n', 'src/b.txt': 'b\n' });
  write(path, { 'src/fixture.dat': 'x\n' });
  act();
  const result = await candidate();
  // Root reads everything.
  if (process.getuid?.() === 0) expect(result.kind).toBe('candidate');
  else
    expect(result).toEqual({
      kind: 'refused',
      why: expect.stringMatching(/Permission denied|can't be read/),
    });
  await prepare();
  expect(git(path, 'status', '--porcelain')).toBe('');
});
