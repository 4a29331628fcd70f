import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommitCandidateResult } from '../../../activities/git/contract.ts';
import { bootId } from '../../../activities/support/process-table.ts';
import { commit, createWorld, git, stampOf, type World, write } from './support.ts';

const branch = 'project/demo/phase/1/step';
const key = { owner: 'demo', phase: 1, task: 1, attempt: 1 };

let world: World;
let path: string;
let mirror: string;
beforeEach(async () => {
  world = createWorld({
    files: { 'README.md': 'Hello\n', '.gitignore': 'node_modules/\n', 'src/a.txt': 'a\n' },
  });
  path = world.port.worktreePath(world.workspace);
  await world.port.resolveBase(world.workspace.repository, null);
  await prepare();
  mirror = join(world.dataDir, 'mirrors', readdirSync(join(world.dataDir, 'mirrors'))[0] ?? '', 'mirror.git');
});
afterEach(() => world.remove());

const prepare = (start = world.base, on = branch, keepChanges = false) =>
  world.activities.prepareWorktree({
    key,
    workspace: world.workspace,
    branch: on,
    startSha: start,
    keepChanges,
  });
const candidate = (start = world.base, tip = world.base, attempt = 1): Promise<CommitCandidateResult> =>
  world.activities.commitCandidate({
    key: { ...key, attempt },
    workspace: world.workspace,
    branch,
    headSha: tip,
    startSha: start,
    baseSha: world.base,
    merge: null,
    metadata: stampOf('A task'),
    checks: null,
  });
const made = (result: CommitCandidateResult) => {
  if (result.kind !== 'candidate') throw new Error(JSON.stringify(result));
  return result;
};
const state = () => ({
  branch: git(path, 'symbolic-ref', '--short', 'HEAD'),
  head: git(path, 'rev-parse', 'HEAD'),
  status: git(path, 'status', '--porcelain'),
});
const clean = (head = world.base, on = branch) => ({ branch: on, head, status: '' });

describe('preparing', () => {
  it('puts the worktree on its branch at the start, clean', () => {
    expect(state()).toEqual(clean());
  });

  it('costs one git process when nothing has to change', async () => {
    world.verbs.length = 0;
    await prepare();
    expect(world.verbs).toEqual(['ls-files']);
  });

  it('throws edits, staged files and leftovers away, and keeps ignored files', async () => {
    write(path, {
      'README.md': 'edited',
      'staged.txt': 's',
      'left/over.txt': 'l',
      'node_modules/dep/index.js': 'dep',
    });
    git(path, 'add', 'staged.txt');
    git(path, 'init', '-q', 'nested');
    await prepare();

    expect(state()).toEqual(clean());
    expect(existsSync(join(path, 'nested'))).toBe(false);
    expect(readFileSync(join(path, 'node_modules/dep/index.js'), 'utf8')).toBe('dep');
  });

  it('takes the worktree to the next phase, and forgets the branch before', async () => {
    await prepare(world.base, 'project/demo/phase/2/next');
    expect(state()).toEqual(clean(world.base, 'project/demo/phase/2/next'));
    expect(git(path, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      'refs/heads/main\nrefs/heads/project/demo/phase/2/next',
    );
  });

  it('fetches a start that the mirror does not have yet', async () => {
    const start = commit(world.repository, { 'later.txt': 'x' });
    await prepare(start);
    expect(state()).toEqual(clean(start));
  });

  it('ends a merge, rebase or cherry-pick that was left half-way', async () => {
    write(path, { 'README.md': 'one\n' });
    git(path, 'commit', '-qam', 'One');
    git(path, 'checkout', '-q', '-b', 'other', world.base);
    write(path, { 'README.md': 'two\n' });
    git(path, 'commit', '-qam', 'Two');
    expect(() => git(path, 'rebase', branch)).toThrow();
    await prepare();
    expect(state()).toEqual(clean());
    expect(git(path, 'status')).not.toMatch(/rebas/);
  });

  it('keeps what a person changed by hand, when asked to', async () => {
    write(path, { 'README.md': 'by hand' });
    await prepare(world.base, branch, true);
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('by hand');
  });

  it('refuses to keep a worktree that is on another branch', async () => {
    git(path, 'switch', '-q', '-c', 'elsewhere');
    await expect(prepare(world.base, branch, true)).rejects.toMatchObject({
      type: 'BranchMismatch',
      message: expect.stringContaining('switched to the branch elsewhere'),
    });
    await prepare();
    expect(state()).toEqual(clean());
  });

  it.each<[string, () => void]>([
    ['the worktree is deleted', () => rmSync(path, { recursive: true })],
    ['.git is deleted', () => rmSync(join(path, '.git'), { recursive: true })],
    [
      '.git is a file',
      () => {
        rmSync(join(path, '.git'), { recursive: true });
        writeFileSync(join(path, '.git'), 'gitdir: /tmp/elsewhere\n');
      },
    ],
    ['our index is damaged', () => truncateSync(`${path}.index`, 40)],
    [
      'our index is a link',
      () => {
        rmSync(`${path}.index`);
        symlinkSync('/dev/zero', `${path}.index`);
      },
    ],
    ['its HEAD is damaged', () => writeFileSync(join(path, '.git', 'HEAD'), '')],
    ['its record is nonsense', () => writeFileSync(`${dirname(path)}.json`, '{"schema":2,"workspace":{}}')],
    ['its record is lost', () => rmSync(`${dirname(path)}.json`)],
    ['the mirror is deleted', () => rmSync(mirror, { recursive: true })],
    ['the whole data folder is deleted', () => rmSync(world.dataDir, { recursive: true })],
    [
      'folders are unwritable',
      () => {
        write(path, { 'locked/x': 'x' });
        chmodSync(join(path, 'locked'), 0o500);
        rmSync(join(path, '.git'), { recursive: true });
      },
    ],
  ])('starts afresh when %s', async (_what, damage) => {
    damage();
    await prepare();
    expect(state()).toEqual(clean());
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['ignore themselves and all beside them', { 'src/.gitignore': '*\n' }],
    ['change line ends', { 'src/.gitignore': '.git*\n', 'src/.gitattributes': '* text eol=crlf\n' }],
    ['hide the top', { '.gitattributes': '* -text\n', '.git/info/exclude': '*\n' }],
  ])('leaves no rules behind that %s', async (_what, files) => {
    write(path, files);
    await candidate();
    await prepare();
    write(path, { 'src/new.txt': 'x\r\n' });
    const { sha } = made(await candidate());
    expect(git(path, 'diff-tree', '-r', '--name-only', world.base, sha)).toBe('src/new.txt');
    expect(git(path, 'cat-file', '-s', `${sha}:src/new.txt`)).toBe('3');
  });

  it('makes a file of what became a repository', async () => {
    rmSync(join(path, 'src/a.txt'));
    git(path, 'init', '-q', 'src/a.txt');
    commit(join(path, 'src/a.txt'), { 'x.txt': 'x' });
    expect((await candidate()).kind).toBe('refused');
    await prepare();
    expect(state()).toEqual(clean());
  });

  it('brings a folder back that was moved away, and a link to it left', async () => {
    const { checksPath, checkOut, changedSince } = world.port;
    await checkOut(world.workspace, { branch, sha: world.base });
    for (const ground of [path, checksPath(world.workspace)]) {
      const place = join(world.root, `moved-${Math.random()}`);
      renameSync(join(ground, 'src'), place);
      write(place, { '.gitignore': '*\n' });
      symlinkSync(place, join(ground, 'src'));
    }
    await prepare();
    expect(state()).toEqual(clean());
    await checkOut(world.workspace, { branch, sha: world.base });
    expect(await changedSince(world.workspace, world.base)).toEqual([]);
    for (const ground of [path, checksPath(world.workspace)])
      expect(readdirSync(join(ground, 'src'))).toEqual(['a.txt']);
    const moved = readdirSync(world.root).filter((name) => name.startsWith('moved-'));
    expect(moved.map((name) => readdirSync(join(world.root, name)))).toEqual([
      ['.gitignore', 'a.txt'],
      ['.gitignore', 'a.txt'],
    ]);
  });

  it('removes folders that are deeper than a path can be long', async () => {
    const name = 'd'.repeat(200);
    const deep = `for i in $(seq 60); do mkdir -p ${name}/x && cd -P ${name} || exit 1; done; echo x > file`;
    execFileSync('bash', ['-c', deep], { cwd: path });
    await prepare();
    expect(readdirSync(path)).not.toContain(name);
    expect(state()).toEqual(clean());
  });

  it('follows no link that was put in its place', async () => {
    const precious = join(world.root, 'precious');
    write(precious, { 'file.txt': 'keep me' });
    rmSync(path, { recursive: true });
    symlinkSync(precious, path);
    await prepare();
    expect(readFileSync(join(precious, 'file.txt'), 'utf8')).toBe('keep me');
    expect(state()).toEqual(clean());
  });

  it('finds an object that somebody replaced in the mirror, before a file is made of it', async () => {
    const id = git(world.repository, 'rev-parse', 'HEAD:README.md');
    const object = join(mirror, 'objects', id.slice(0, 2), id.slice(2));
    const { atime, mtime } = statSync(object);
    const other = deflateSync(Buffer.from('blob 6\0Howdy\n'));
    chmodSync(object, 0o644);
    writeFileSync(object, other);
    utimesSync(object, atime, mtime);
    rmSync(path, { recursive: true });
    await prepare();
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('Hello\n');
    expect(state()).toEqual(clean());
  });

  it('rebuilds a mirror whose objects are damaged', async () => {
    const objects = join(mirror, 'objects');
    for (const folder of readdirSync(objects).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
      for (const name of readdirSync(join(objects, folder))) {
        chmodSync(join(objects, folder, name), 0o600);
        truncateSync(join(objects, folder, name), 0);
      }
    }
    rmSync(path, { recursive: true });
    await prepare();
    expect(state()).toEqual(clean());
  });
});

describe('a lock', () => {
  it('of our own that a dead process left is taken over', async () => {
    const dead = { pid: 999_999, startedAt: '12345', boot: bootId() };
    writeFileSync(join(mirror, '..', 'lock.1000'), JSON.stringify(dead));
    await world.port.fetch(world.workspace.repository);
    expect(readFileSync(join(mirror, '..', 'lock.1001'), 'utf8')).toBe('{}');
  });
});

describe('an agent', () => {
  it.each<[string, RegExp, () => void]>([
    ['switches branch', /switched to the branch mine/, () => git(path, 'switch', '-q', '-c', 'mine')],
    ['detaches HEAD', /detached HEAD/, () => git(path, 'switch', '-q', '--detach')],
    ['deletes .git', /deleted \.git/, () => rmSync(join(path, '.git'), { recursive: true })],
    [
      'points .git elsewhere',
      /replaced \.git/,
      () => {
        rmSync(join(path, '.git'), { recursive: true });
        writeFileSync(join(path, '.git'), 'gitdir: /tmp/elsewhere\n');
      },
    ],
    [
      'makes HEAD a pipe',
      /damaged \.git/,
      () => {
        rmSync(join(path, '.git', 'HEAD'));
        execFileSync('mkfifo', [join(path, '.git', 'HEAD')]);
      },
    ],
    [
      'moves the worktree away',
      /replaced the worktree/,
      () => {
        renameSync(path, `${path}-moved`);
        symlinkSync(`${path}-moved`, path);
      },
    ],
  ])('that %s has its work refused, and the next begins in a new clone', async (_what, told, act) => {
    act();
    expect(await candidate()).toEqual({ kind: 'tampered', what: expect.stringMatching(told) });

    await prepare();
    expect(state()).toEqual(clean());
    write(path, { 'work.txt': 'work' });
    made(await candidate());
  });

  it('may do what it likes with its own repository', async () => {
    commit(path, { 'one.txt': '1' }, 'One');
    git(path, 'branch', 'extra');
    git(path, 'tag', 'v1');
    git(path, 'pack-refs', '--all');
    git(path, 'update-ref', '-d', 'refs/remotes/origin/main');
    git(path, 'config', 'filter.x.clean', 'touch /tmp/x');
    git(path, 'config', 'core.hooksPath', '.husky/_');
    write(path, { 'two.txt': '2', '.git/info/grafts': `${world.base}\n` });
    git(path, 'stash', '-q', '-u');
    git(path, 'reset', '-q', '--hard', git(path, 'commit-tree', '-m', 'x', 'HEAD^{tree}'));

    expect(made(await candidate()).files).toEqual(['one.txt']);
    await prepare();
    expect(state()).toEqual(clean());
    expect(git(path, 'for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      'refs/heads/main',
      `refs/heads/${branch}`,
      'refs/remotes/origin/HEAD',
      'refs/remotes/origin/main',
    ]);
  });

  it.each<[string, () => void]>([
    ['tells its index to overlook a file', () => git(path, 'update-index', '--skip-worktree', 'README.md')],
    ['excludes a file', () => write(path, { '.git/info/exclude': 'new.txt\nREADME.md\n' })],
    ['takes an old index', () => git(path, 'read-tree', '--empty')],
    ['writes attributes', () => write(path, { '.git/info/attributes': '* ident text eol=crlf\n' })],
  ])('that %s changes nothing of what is committed', async (_what, act) => {
    act();
    write(path, { 'README.md': 'edited $Id$\r\n', 'new.txt': 'n' });
    const { sha, files } = made(await candidate());
    expect(files).toEqual(['README.md', 'new.txt']);
    expect(git(path, 'show', `${sha}:README.md`)).toBe('edited $Id$');
    expect(git(path, 'cat-file', '-s', `${sha}:README.md`)).toBe('13');
  });

  it('that gives a changed file the size and times of the old one is seen through', async () => {
    const file = join(path, 'src/a.txt');
    const { atime, mtime } = statSync(file);
    writeFileSync(file, 'b\n');
    utimesSync(file, atime, mtime);
    expect(made(await candidate()).files).toEqual(['src/a.txt']);
  });

  it.each<[string, RegExp, () => void]>([
    [
      'makes a repository with commits inside',
      /'sub\/' is a git repository of its own/,
      () => {
        git(path, 'init', '-q', 'sub');
        commit(join(path, 'sub'), { 'x.txt': 'x' });
      },
    ],
    [
      'makes an empty repository inside',
      /'sub\/' is a git repository of its own/,
      () => git(path, 'init', '-q', 'sub'),
    ],
    [
      'leaves a sparse file of 2 GiB',
      /'big\.bin' is too large to commit/,
      () => {
        writeFileSync(join(path, 'big.bin'), '');
        truncateSync(join(path, 'big.bin'), 2 ** 31);
      },
    ],
    ['gives a file a name that git refuses', /invalid path '\.git\.'/, () => write(path, { '.git.': 'x' })],
    [
      'makes .gitignore a pipe',
      /'src\/\.gitignore' is not a regular file/,
      () => execFileSync('mkfifo', [join(path, 'src/.gitignore')]),
    ],
    [
      'makes .gitattributes a pipe',
      /'\.gitattributes' is not a regular file/,
      () => execFileSync('mkfifo', [join(path, '.gitattributes')]),
    ],
    ...(['HEAD', 'commondir', 'config'] as const).map((name): [string, RegExp, () => void] => [
      `makes ${name} of a repository inside a pipe`,
      new RegExp(`'src/lib/\\.git/${name}' is not a regular file`),
      () => {
        git(path, 'init', '-q', 'src/lib');
        rmSync(join(path, 'src/lib/.git', name), { force: true });
        execFileSync('mkfifo', [join(path, 'src/lib/.git', name)]);
      },
    ]),
    [
      'makes a repository of which HEAD is a pipe elsewhere',
      /'src\/\.git' is not a regular file/,
      () => {
        git(world.root, 'init', '-q', 'elsewhere');
        rmSync(join(world.root, 'elsewhere/.git/HEAD'));
        execFileSync('mkfifo', [join(world.root, 'elsewhere/.git/HEAD')]);
        write(path, { 'src/.git': `gitdir: ${world.root}/elsewhere/.git\n` });
      },
    ],
  ])('that %s hears it in words of git, and its files stay', async (_what, told, act) => {
    act();
    write(path, { 'work.txt': 'work' });
    expect(await candidate()).toEqual({ kind: 'refused', why: expect.stringMatching(told) });
    expect(existsSync(join(path, 'work.txt'))).toBe(true);
    await prepare();
    expect(state()).toEqual(clean());
  });

  it('that leaves pipes, sockets and links out of the folder stops nobody', async () => {
    execFileSync('mkfifo', [join(path, 'pipe')]);
    symlinkSync('/etc/passwd', join(path, 'link'));
    symlinkSync('/', join(path, 'root'));
    rmSync(join(path, 'src'), { recursive: true });
    symlinkSync(world.repository, join(path, 'src'));
    expect(made(await candidate()).files).toEqual(['link', 'root', 'src', 'src/a.txt']);
    await prepare();
    expect(state()).toEqual(clean());
    expect(existsSync(join(world.repository, 'README.md'))).toBe(true);
  });

  it('has nothing that it planted run', async () => {
    const ran = join(world.root, 'ran');
    const evil = join(world.root, 'evil.sh');
    write(world.root, { 'evil.sh': `#!/bin/sh\ntouch "${ran}"\n` });
    chmodSync(evil, 0o755);
    const nested = join(path, 'vendor', 'lib');
    mkdirSync(nested, { recursive: true });
    git(nested, 'init', '-q');
    for (const folder of [nested, path]) {
      for (const [name, value] of [
        ['core.fsmonitor', evil],
        ['core.hooksPath', world.root],
        ['core.alternateRefsCommand', evil],
        ['diff.external', evil],
        ['filter.x.clean', evil],
        ['filter.x.smudge', evil],
        ['merge.x.driver', evil],
        ['core.sshCommand', evil],
        ['uploadpack.packObjectsHook', evil],
      ]) {
        git(folder, 'config', name ?? '', value ?? '');
      }
    }
    const hooks = ['pre-commit', 'post-checkout', 'reference-transaction', 'post-index-change'];
    for (const hook of hooks) {
      write(path, { [`.git/hooks/${hook}`]: `#!/bin/sh\ntouch "${ran}"\n` });
      chmodSync(join(path, '.git/hooks', hook), 0o755);
    }
    write(path, { '.gitattributes': '* filter=x merge=x diff=x\n', 'README.md': 'edited' });

    expect((await candidate()).kind).toBe('refused');
    rmSync(join(path, 'vendor'), { recursive: true });
    made(await candidate());
    await prepare();
    expect(existsSync(ran)).toBe(false);
  });

  it('has nothing run to have what its commits lack', async () => {
    const ran = join(world.root, 'ran');
    write(world.root, { 'evil.sh': `#!/bin/sh\ntouch "${ran}"\n` });
    chmodSync(join(world.root, 'evil.sh'), 0o755);
    write(path, { 'work.txt': 'work\n' });
    git(path, 'add', '-A');
    git(path, 'commit', '-q', '-m', 'Work');
    const blob = git(path, 'rev-parse', 'HEAD:work.txt');
    rmSync(join(path, '.git/objects', blob.slice(0, 2), blob.slice(2)));
    for (const [name, value] of [
      ['core.repositoryFormatVersion', '1'],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', world.repository],
      ['remote.origin.uploadPack', `'${join(world.root, 'evil.sh')}'`],
    ] as const)
      git(path, 'config', name, value);
    expect(made(await candidate()).files).toEqual(['work.txt']);
    expect(existsSync(ran)).toBe(false);
  });

  it.each<[string, () => void]>([
    ['writes configuration', () => write(mirror, { config: '[core]\n\tfsmonitor = /bin/false\n[bad' })],
    [
      'makes the configuration a pipe',
      () => {
        rmSync(join(mirror, 'config'));
        execFileSync('mkfifo', [join(mirror, 'config')]);
      },
    ],
    [
      'writes attributes, excludes and grafts',
      () =>
        write(mirror, {
          'info/attributes': '* text eol=crlf\n',
          'info/exclude': '*\n',
          'info/grafts': `${world.base}\n`,
          shallow: `${world.base}\n`,
        }),
    ],
    ['lends it objects', () => write(mirror, { 'objects/info/alternates': '/nowhere/objects\n' })],
    ['leaves locks', () => write(mirror, { 'packed-refs.lock': '', 'config.lock': '', 'HEAD.lock': '' })],
    [
      'makes our notes pipes',
      () => {
        for (const name of ['../refs.json', '../packs.json', 'packed-refs']) {
          rmSync(join(mirror, name), { force: true });
          execFileSync('mkfifo', [join(mirror, name)]);
        }
      },
    ],
    [
      'fills our notes with nonsense',
      () => write(mirror, { '../refs.json': 'null', '../packs.json': 'null' }),
    ],
    [
      'makes our notes folders',
      () => {
        for (const name of ['refs.json', 'packs.json']) {
          rmSync(join(mirror, '..', name), { force: true });
          write(mirror, { [`../${name}/x`]: 'x' });
        }
      },
    ],
    [
      'puts a huge file among its objects',
      () => {
        write(mirror, { [`objects/aa/${'0'.repeat(38)}`]: '' });
        truncateSync(join(mirror, `objects/aa/${'0'.repeat(38)}`), 3 * 1024 ** 3);
      },
    ],
    ['moves refs', () => write(mirror, { 'refs/heads/x': 'ref: refs/heads/x\n', 'packed-refs': 'nonsense' })],
  ])('that finds the mirror and %s changes nothing', async (_what, act) => {
    act();
    write(path, { 'new.txt': 'n\n' });
    await world.port.fetch(world.workspace.repository);
    const { sha } = made(await candidate());
    expect(git(world.repository, 'fetch', '-q', path)).toBe('');
    expect(git(path, 'show', `${sha}:new.txt`)).toBe('n');
    await prepare();
    expect(state()).toEqual(clean());
  });
});

describe('a file of a person', () => {
  let precious: string;
  beforeEach(() => {
    precious = join(world.root, 'precious');
    write(precious, { file: 'keep me', 'agent/file': 'keep me', 'checks/file': 'keep me' });
    write(precious, { [`${'0'.repeat(38)}`]: 'keep me', 'info/file': 'keep me' });
  });
  const replace = (what: string, target: string) => {
    rmSync(what, { recursive: true, force: true });
    symlinkSync(target, what);
  };

  it.each<[string, () => void]>([
    [
      'a mirror that is made anew',
      () => {
        rmSync(join(mirror, 'HEAD'));
        for (const name of ['HEAD', 'config', 'packed-refs', '../remote', '../refs.json', '../packs.json'])
          replace(join(mirror, name), join(precious, 'file'));
      },
    ],
    ['the objects of a mirror', () => replace(join(mirror, 'objects'), precious)],
    ['the packs of a mirror', () => replace(join(mirror, 'objects/pack'), precious)],
    ['a folder of objects', () => replace(join(mirror, 'objects/ab'), precious)],
    ['the whole mirror', () => replace(mirror, precious)],
    ['the folder of both grounds', () => replace(dirname(path), precious)],
    [
      'the notes on a ground',
      () => {
        for (const name of [`${path}.index`, `${dirname(path)}.json`]) replace(name, join(precious, 'file'));
      },
    ],
  ])('is left alone where %s leads to it', async (_what, act) => {
    act();
    await world.port.fetch(world.workspace.repository);
    await prepare();
    write(path, { 'new.txt': 'n\n' });
    const { sha } = made(await candidate());
    await world.port.checkOut(world.workspace, { branch, sha });
    expect(await world.port.changedSince(world.workspace, sha)).toEqual([]);
    const left = execFileSync('sh', ['-c', 'find . -type f | sort | xargs cat; find . | wc -l'], {
      cwd: precious,
      encoding: 'utf8',
    });
    expect(left.replace(/\s/g, '')).toBe(`${'keepme'.repeat(5)}9`);
  });
});

describe('a candidate', () => {
  it("squashes the agent's commits and leftovers into one commit on the tip", async () => {
    commit(path, { 'one.txt': '1' }, 'WIP 1');
    const last = commit(path, { 'two.txt': '2', 'src/a.txt': 'changed\n' }, 'WIP 2');
    write(path, { 'three ü 文.txt': '3', 'node_modules/x.js': 'ignored', 'PLAN.md': 'plan' });
    const result = made(await candidate());

    expect(result).toMatchObject({
      fileCount: 4,
      files: ['one.txt', 'src/a.txt', 'three ü 文.txt', 'two.txt'],
    });
    expect(git(path, 'rev-list', '--count', `${world.base}..${result.sha}`)).toBe('1');
    expect(git(path, 'log', '-1', '--format=%an', last)).toBe('A Person');
    expect(git(mirror, 'rev-parse', 'refs/phasewright/demo/attempts/1/1/1')).toBe(last);
    expect(git(mirror, 'show', `${last}:two.txt`)).toBe('2');
    expect(state()).toEqual(clean(result.sha));
    expect(existsSync(join(path, 'node_modules/x.js'))).toBe(true);
    expect(existsSync(join(path, 'PLAN.md'))).toBe(false);
  });

  it('is the same when asked for again', async () => {
    commit(path, { 'one.txt': '1' });
    const first = await candidate();
    expect(await candidate()).toEqual(first);
  });

  it('is the same when asked for again after a rejected one', async () => {
    write(path, { 'one.txt': '1' });
    const rejected = made(await candidate());
    await prepare(rejected.sha);
    write(path, { 'two.txt': '2' });
    const second = made(await candidate(rejected.sha, world.base, 2));
    expect(git(path, 'rev-parse', `${second.sha}^`)).toBe(world.base);
    expect(second.files).toEqual(['one.txt', 'two.txt']);
    expect(await candidate(rejected.sha, world.base, 2)).toEqual(second);
  });

  it('is empty when nothing changed, when only PLAN.md did, and when the rejected work is unchanged', async () => {
    expect(await candidate()).toEqual({ kind: 'empty' });
    write(path, { 'PLAN.md': 'plan', 'node_modules/x.js': 'ignored' });
    expect(await candidate()).toEqual({ kind: 'empty' });
    await prepare();
    write(path, { 'one.txt': '1' });
    const rejected = made(await candidate());
    await prepare(rejected.sha);
    expect(await candidate(rejected.sha, world.base, 2)).toEqual({ kind: 'empty' });
  });

  it('keeps a PLAN.md that belongs to the repository', async () => {
    const base = commit(world.repository, { 'PLAN.md': 'ours' });
    await prepare(base);
    write(path, { 'PLAN.md': 'changed' });
    const result = await world.activities.commitCandidate({
      key,
      workspace: world.workspace,
      branch,
      headSha: base,
      startSha: base,
      baseSha: base,
      merge: null,
      metadata: stampOf('Plan'),
      checks: null,
    });
    expect(made(result).files).toEqual(['PLAN.md']);
  });

  it('follows removals from tracking, forced additions, renames, modes and links', async () => {
    const base = commit(world.repository, {
      'secret.env': 's',
      'old name.txt': 'the same\ncontent\nin both\n',
      'run.sh': 'x',
    });
    await prepare(base);
    git(path, 'rm', '-q', '--cached', 'secret.env');
    write(path, { '.gitignore': 'node_modules/\nsecret.env\n', 'node_modules/kept.js': 'forced' });
    git(path, 'add', '-f', 'node_modules/kept.js', '.gitignore');
    git(path, 'commit', '-qm', 'A forced file, and one that is not tracked any more');
    renameSync(join(path, 'old name.txt'), join(path, 'new näme.txt'));
    chmodSync(join(path, 'run.sh'), 0o755);
    symlinkSync('README.md', join(path, 'link'));
    const result = made(
      await world.activities.commitCandidate({
        key,
        workspace: world.workspace,
        branch,
        headSha: base,
        startSha: base,
        baseSha: base,
        merge: null,
        metadata: stampOf('Moves'),
        checks: null,
      }),
    );
    expect(result.files).toEqual([
      '.gitignore',
      'link',
      'new näme.txt',
      'node_modules/kept.js',
      'old name.txt',
      'run.sh',
      'secret.env',
    ]);
    expect(
      git(path, 'ls-tree', result.sha, 'link', 'run.sh')
        .split('\n')
        .map((line) => line.slice(0, 6)),
    ).toEqual(['120000', '100755']);
  });

  it('survives files whose names are hostile', async () => {
    write(path, {
      '-rf': '1',
      ':(exclude)x': '2',
      '--upload-pack=x': '3',
      'a"b\tc\nd': '4',
      '$(touch x)': '5',
      "it's": '6',
    });
    const result = made(await candidate());
    expect(new Set(result.files)).toEqual(
      new Set(['-rf', ':(exclude)x', '--upload-pack=x', 'a"b\tc\nd', '$(touch x)', "it's"]),
    );
    expect(await world.port.readFile(world.workspace.repository, result.sha, '--upload-pack=x', 100)).toEqual(
      { text: '3', truncated: false },
    );
  });
});

it('works with ten workspaces in one mirror at once', async () => {
  const owners = Array.from({ length: 10 }, (_, index) => `p${index}`);
  const results = await Promise.all(
    owners.map(async (owner) => {
      const workspace = world.workspaceOf(owner);
      const on = `project/${owner}/phase/1/x`;
      await world.activities.prepareWorktree({
        key: { ...key, owner },
        workspace,
        branch: on,
        startSha: world.base,
        keepChanges: false,
      });
      commit(world.port.worktreePath(workspace), { [`${owner}.txt`]: owner });
      await world.port.fetch(workspace.repository);
      return made(
        await world.activities.commitCandidate({
          key: { ...key, owner },
          workspace,
          branch: on,
          headSha: world.base,
          startSha: world.base,
          baseSha: world.base,
          merge: null,
          metadata: stampOf(owner),
          checks: null,
        }),
      );
    }),
  );
  expect(results.map(({ files }) => files)).toEqual(owners.map((owner) => [`${owner}.txt`]));
  expect((await world.port.workspaces()).map(({ workspace: { owner } }) => owner).sort()).toEqual([
    'demo',
    ...owners,
  ]);
});

it('leaves nothing of a closed workspace, here or on the remote, but its branches', async () => {
  const { activities, port, workspace, base } = world;
  const ready = await activities.createBranch({
    workspace,
    branch,
    from: { kind: 'sha', sha: base },
    siblings: [],
    own: null,
    fence: { epoch: 1, sha: null },
  });
  if (ready.kind !== 'ready') throw new Error(JSON.stringify(ready));
  commit(path, { 'one.txt': '1' });
  const { sha } = made(await candidate());
  const landed = await activities.land({ workspace, branch, expected: base, sha, fence: ready.fence });
  if (landed.kind !== 'landed') throw new Error(landed.kind);

  // The fence of a lost answer is the one before: still ours.
  await activities.closeWorkspace({ workspace, fence: ready.fence });
  await activities.closeWorkspace({ workspace, fence: ready.fence });

  expect(existsSync(path)).toBe(false);
  expect(await port.workspaces()).toEqual([]);
  expect(git(mirror, 'for-each-ref', '--format=%(refname)', 'refs/heads', 'refs/phasewright')).toBe('');
  expect(git(world.repository, 'for-each-ref', '--format=%(refname)')).toBe(
    `refs/heads/main\nrefs/heads/${branch}`,
  );
  expect(git(world.repository, 'rev-parse', branch)).toBe(sha);
});
