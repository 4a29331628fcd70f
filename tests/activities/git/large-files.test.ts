/** What Git LFS keeps beside the commits, on its way to the grounds and to the remote. A script stands in for its program. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createGitActivities } from '../../../activities/git/activities.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { createWorld, git, makeBranch, noFence, stampOf, type World, write } from './support.ts';

/** Contents by their id: in the storage that git is told of, and in a folder `large` of the remote. */
const program = `#!/bin/sh
set -e
storage=$(git config lfs.storage)
remote=$(git config remote.origin.url)/large
mkdir -p "$storage"
ids() { git ls-tree -r --object-only "$1" | while read -r object; do git cat-file -p "$object" | sed -n 's/^large //p'; done; }
case $1 in
  clean)
    cat > "$storage/new.$$"
    id=$(git hash-object --no-filters "$storage/new.$$")
    mv "$storage/new.$$" "$storage/$id"
    echo "large $id" ;;
  smudge) read -r _ id; cat "$storage/$id" ;;
  fetch) for id in $(ids "$3"); do [ -e "$storage/$id" ] || cp "$remote/$id" "$storage/$id"; done ;;
  pre-push)
    mkdir -p "$remote"
    while read -r _ sha _ _; do for id in $(ids "$sha"); do cp "$storage/$id" "$remote/$id"; done; done ;;
esac
`;
const definition = '[filter "lfs"]\n\tclean = git-lfs clean\n\tsmudge = git-lfs smudge\n\trequired = true\n';
const branch = 'project/demo/phase/1/one';

let home: string;
let world: World;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'phasewright-large-'));
  write(home, { '.gitconfig': definition, 'bin/git-lfs': program });
  chmodSync(join(home, 'bin/git-lfs'), 0o755);
});
afterEach(() => {
  world.remove();
  rmSync(home, { recursive: true });
});

function start(filters: readonly string[]) {
  const verbs: string[] = [];
  const port = createSimpleGit({
    dataDir: world.dataDir,
    hostId: 'host-1',
    env: {
      PATH: `${join(home, 'bin')}${delimiter}${process.env['PATH']}`,
      HOME: home,
      GIT_CONFIG_NOSYSTEM: '1',
    },
    filters,
    onCommand: (verb) => verbs.push(verb),
  });
  const runChecks = () => Promise.reject(new Error('No checks are asked for.'));
  return { port, activities: createGitActivities({ git: port, runChecks }), verbs };
}

/** One task that writes these files, landed on the phase branch: what lay in the agent's clone and the checks' checkout. */
async function land(filters: readonly string[], files: Readonly<Record<string, string>>) {
  const { port, activities, verbs } = start(filters);
  const { workspace, base } = world;
  const fence = await makeBranch(world, branch, base, noFence);
  const key = { owner: workspace.owner, phase: 1, task: 1, attempt: 1 };
  await activities.prepareWorktree({ key, workspace, branch, startSha: base, keepChanges: false });
  const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
  const agents = read(port.worktreePath(workspace), 'art/one.psd');
  write(port.worktreePath(workspace), files);
  const made = await activities.commitCandidate({
    ...{ key, workspace, branch, headSha: base, startSha: base, baseSha: base },
    ...{ merge: null, metadata: stampOf('Draw'), checks: null },
  });
  if (made.kind !== 'candidate') throw new Error(JSON.stringify(made));
  await port.checkOut(workspace, { branch, sha: made.sha });
  const checks = Object.keys(files).map((name) => read(port.checksPath(workspace), name));
  const landed = await activities.land({ workspace, branch, expected: base, sha: made.sha, fence });
  expect(landed.kind).toBe('landed');
  return { sha: made.sha, agents, checks, verbs };
}

it('come to both grounds, and are with the remote when a commit that names them is', async () => {
  const id = '0123456789012345678901234567890123456789';
  const files = { '.gitattributes': '*.psd filter=lfs\n', 'art/one.psd': `large ${id}\n` };
  world = createWorld({ files });
  // The person's own program left the contents of the first commit here.
  write(world.repository, { [`large/${id}`]: 'first picture\n' });
  const { sha, agents, checks, verbs } = await land(['lfs'], {
    'art/two.psd': 'second picture\n',
    'a.txt': 'text\n',
  });
  expect(agents).toBe('first picture\n');
  expect(checks).toEqual(['second picture\n', 'text\n']);
  const pointer = git(world.repository, 'cat-file', 'blob', `${sha}:art/two.psd`);
  expect(pointer).toMatch(/^large [0-9a-f]{40}$/);
  const kept = join(world.repository, 'large', pointer.slice('large '.length));
  expect(readFileSync(kept, 'utf8')).toBe('second picture\n');
  expect(verbs.lastIndexOf('lfs')).toBeLessThan(verbs.lastIndexOf('push'));
});

it('are asked for nowhere else: a repository without them, a filter of another name', async () => {
  world = createWorld({ files: { 'art/one.psd': 'plain\n' } });
  const { agents, verbs } = await land(['lfs'], { 'art/two.psd': 'second\n' });
  expect([agents, verbs.includes('lfs')]).toEqual(['plain\n', false]);
  expect(existsSync(join(world.repository, 'large'))).toBe(false);
  world.remove();

  write(home, { '.gitconfig': '[filter "rot"]\n\tclean = tr a-y b-z\n\tsmudge = tr b-z a-y\n' });
  world = createWorld({ files: { '.gitattributes': '*.psd filter=rot\n', 'art/one.psd': 'bbb\n' } });
  const other = await land(['rot', 'lfs'], { 'art/two.psd': 'aaa\n' });
  expect([other.agents, other.checks, other.verbs.includes('lfs')]).toEqual(['aaa\n', ['aaa\n'], false]);
});

it('that are nowhere to be had stop the task with the words of the program', async () => {
  world = createWorld({ files: { '.gitattributes': '*.psd filter=lfs\n', 'art/one.psd': 'large 0123\n' } });
  await expect(land(['lfs'], {})).rejects.toMatchObject({
    type: 'GitFailed',
    message: expect.stringContaining('large/0123'),
  });
  expect(existsSync(join(world.dataDir, 'worktrees'))).toBe(false);
});
