/**
 * Whatever an agent does to its clone: the tree that the checks saw, the candidate, what landed and a fresh clone are one, the checks
 * pass in that clone, and no program of the agent's ran as one of ours. More runs: GROUND_RUNS=200.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { runChecks } from '../../../activities/checks/checks.ts';
import { createCommandRunner } from '../../../activities/checks/command/index.ts';
import { createGitActivities } from '../../../activities/git/activities.ts';
import { createWorld, git, stampOf, type World } from './support.ts';
import { patienceMs } from '../../support/eventually.ts';

const branch = 'project/demo/phase/1/step';
const key = { owner: 'demo', phase: 1, task: 1, attempt: 1 };
const runs = Number(process.env['GROUND_RUNS'] ?? 8);

/** Everything there, ignored files too, as git hashes it with an index of its own. */
const seen = `GIT_INDEX_FILE="$(mktemp -u)" sh -c 'git add --all --force . && echo "tree $(git write-tree)"'`;

const files = {
  'README.md': 'Hello\n',
  '.gitignore': 'ignored/\n*.log\n',
  'src/a.txt': 'a\n',
  'src/deep/b.txt': 'b\n',
  'run.sh': '#!/bin/sh\n',
};

interface Scene {
  readonly world: World;
  readonly path: string;
  readonly canary: string;
}

/** An agent that does one thing after the other, each of which may fail. */
type Act = (scene: Scene) => void;

const asAgent = (cwd: string, script: string): void => {
  const env = { PATH: process.env['PATH'], HOME: cwd, AGENT: '1', GIT_CONFIG_GLOBAL: '/dev/null' };
  const identity = 'git() { command git -c user.name=a -c user.email=a@example.org "$@"; }';
  execFileSync('sh', ['-c', `${identity}; ${script}`], { cwd, env, stdio: 'ignore' });
};
const sh =
  (script: string): Act =>
  ({ path }) =>
    asAgent(path, script);

/** Run by anybody but the agent, it leaves a trace. */
const trap = ({ canary }: Scene): string => {
  const program = `${canary}.sh`;
  writeFileSync(program, `#!/bin/sh\ntest -n "$AGENT" || echo "$0 $*" >> '${canary}'\ncat\n`);
  chmodSync(program, 0o755);
  return program;
};
const programKeys = [
  'core.fsmonitor',
  'core.sshCommand',
  'core.alternateRefsCommand',
  'core.pager',
  'core.editor',
  'diff.external',
  'diff.x.textconv',
  'filter.x.clean',
  'filter.x.smudge',
  'filter.x.process',
  'merge.x.driver',
  'gpg.program',
  'credential.helper',
  'uploadpack.packObjectsHook',
] as const;
const configuration = (scene: Scene): string =>
  programKeys
    .map((name) => {
      const [section = '', ...rest] = name.split('.');
      const last = rest.pop() ?? '';
      return `[${section}${rest.length > 0 ? ` "${rest.join('.')}"` : ''}]\n\t${last} = ${trap(scene)}\n`;
    })
    .join('');

const acts: Readonly<Record<string, Act>> = {
  edits: sh('echo more >> README.md'),
  'writes ignored files': sh('mkdir -p ignored && echo x > ignored/x && echo y > y.log'),
  'commits an ignored file': sh(
    'mkdir -p ignored && echo x > ignored/z && git add -f ignored/z && git commit -qm z',
  ),
  commits: sh('echo c > c.txt && git add c.txt && git commit -qm c'),
  'rewrites its branch': sh(
    'git commit -q --amend --no-edit --allow-empty; git reset -q --soft HEAD~1 || true',
  ),
  removes: sh('rm -rf src/deep; git rm -q --cached README.md'),
  renames: sh('mv src/a.txt src/moved.txt'),
  'changes modes': sh('chmod +x README.md; chmod -x run.sh'),
  'hides changes': sh('echo hidden >> src/a.txt; git update-index --skip-worktree src/a.txt'),
  'assumes unchanged': sh('git update-index --assume-unchanged README.md; echo assumed >> README.md'),
  'excludes what it writes': sh(
    'echo "*.txt" >> .git/info/exclude || (mkdir -p .git/info; echo "*.txt" > .git/info/exclude); echo e > e.txt',
  ),
  'ignores what it writes': sh('echo "g*" >> .gitignore; echo g > g.txt'),
  'keeps the size and times': ({ path }) => {
    const file = join(path, 'src/a.txt');
    if (!existsSync(file)) return;
    writeFileSync(file, 'z\n');
    utimesSync(file, 0, 0);
  },
  'forges its index': sh(
    'git read-tree --empty; git update-index --add --cacheinfo 100644,"$(echo forged | git hash-object -w --stdin)",README.md',
  ),
  'writes attributes': sh(
    'printf "* text ident\\n*.sh eol=crlf\\nsrc/** filter=x diff=x merge=x\\n" > .gitattributes; printf "$Id: me$\\r\\nline\\r\\n" > id.txt',
  ),
  'writes attributes beside': sh('mkdir -p .git/info; printf "* -text filter=x\\n" > .git/info/attributes'),
  'makes links': ({ path }) => {
    rmSync(join(path, 'out'), { force: true, recursive: true });
    symlinkSync('/etc/passwd', join(path, 'out'));
    symlinkSync('nowhere', join(path, `dangling-${Math.random()}`));
  },
  'makes a folder a link': ({ world, path }) => {
    rmSync(join(path, 'src'), { recursive: true, force: true });
    symlinkSync(world.repository, join(path, 'src'));
  },
  'makes pipes': sh('mkfifo pipe ignored-pipe.log; rm -f run.sh; mkfifo run.sh'),
  'links to a folder that it moved': sh('mv src ../../../moved && ln -s "$PWD/../../../moved" src'),
  'hides its own rules': sh('printf "*\\n" > src/.gitignore; echo x > src/hidden.txt'),
  'makes a repository of pipes': sh(
    'git init -q src/lib && rm src/lib/.git/HEAD && mkfifo src/lib/.git/HEAD',
  ),
  'makes devices': sh('mknod null c 1 3 || true'),
  'makes odd names': sh(`printf x > "$(printf 'caf\\351.txt')"; printf y > -- '-rf'; printf z > 'a "q"'`),
  'plants configuration': (scene) => {
    const file = join(scene.path, '.git/config');
    writeFileSync(file, readFileSync(file, 'utf8') + configuration(scene));
  },
  'plants hooks': (scene) => {
    for (const name of [
      'pre-commit',
      'post-checkout',
      'reference-transaction',
      'post-index-change',
      'pre-push',
    ]) {
      mkdirSync(join(scene.path, '.git/hooks'), { recursive: true });
      writeFileSync(join(scene.path, '.git/hooks', name), readFileSync(trap(scene)));
      chmodSync(join(scene.path, '.git/hooks', name), 0o755);
    }
  },
  'plants in the mirror': (scene) => {
    const objects = readFileSync(join(scene.path, '.git/objects/info/alternates'), 'utf8').trim();
    const mirror = dirname(objects);
    writeFileSync(join(mirror, 'config'), configuration(scene));
    for (const [name, text] of [
      ['info/attributes', '* filter=x merge=x text eol=crlf\n'],
      ['info/exclude', '*\n'],
      ['info/grafts', `${scene.world.base}\n`],
      ['objects/info/alternates', '/tmp\n'],
    ] as const) {
      mkdirSync(dirname(join(mirror, name)), { recursive: true });
      writeFileSync(join(mirror, name), text);
    }
  },
  'replaces objects of the mirror': ({ path }) => {
    const objects = readFileSync(join(path, '.git/objects/info/alternates'), 'utf8').trim();
    asAgent(
      path,
      `find '${objects}' -type f -path '*/[0-9a-f][0-9a-f]/*' | head -n 3 | while read -r f; do chmod u+w "$f"; head -c 20 /dev/urandom > "$f"; done`,
    );
  },
  'patches our indexes': ({ path }) => {
    for (const name of ['agent.index', 'checks.index'])
      if (existsSync(join(dirname(path), name))) writeFileSync(join(dirname(path), name), 'DIRC nonsense');
  },
  'writes into the checks’ checkout': ({ path }) => {
    mkdirSync(join(dirname(path), 'checks/ignored'), { recursive: true });
    writeFileSync(join(dirname(path), 'checks/ignored/x'), 'planted');
    writeFileSync(join(dirname(path), 'checks/README.md'), 'planted');
  },
  'leaves a writer': ({ path }) => {
    const script =
      'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "$i" >> README.md; echo "$i" > "late-$i"; sleep 0.05; done';
    spawn('sh', ['-c', script], { cwd: path, detached: true, stdio: 'ignore' }).unref();
  },
};

function activitiesOf({ port, dataDir, root }: World) {
  const artifacts = createFileArtifacts({ root: join(dataDir, 'artifacts') });
  const environment = { PATH: process.env['PATH'], HOME: root };
  const runner = createCommandRunner({ dataDir, environment });
  const checks = { git: port, artifacts, dataDir, runner, setUps: new Map<string, string>() };
  return createGitActivities({ git: port, runChecks: (request, run) => runChecks(checks, request, run) });
}

async function live(names: readonly string[]): Promise<void> {
  const world = createWorld({ files });
  try {
    const { workspace, port, base, repository, root } = world;
    const activities = activitiesOf(world);
    const scene = { world, path: port.worktreePath(workspace), canary: join(root, 'canary') };
    const from = { kind: 'sha', sha: base } as const;
    const fence = { epoch: 1, sha: null };
    const ready = await activities.createBranch({ workspace, branch, from, siblings: [], own: null, fence });
    if (ready.kind !== 'ready') throw new Error(ready.kind);
    await activities.prepareWorktree({ key, workspace, branch, startSha: base, keepChanges: false });
    for (const name of names) {
      try {
        acts[name]?.(scene);
      } catch {
        // What came before made it impossible.
      }
    }
    const commands = [seen];
    const made = await activities.commitCandidate({
      key,
      workspace,
      branch,
      headSha: base,
      startSha: base,
      baseSha: base,
      merge: null,
      metadata: stampOf('A task'),
      checks: { setup: [], commands, timeoutMs: patienceMs },
    });
    expect(existsSync(scene.canary) ? readFileSync(scene.canary, 'utf8') : '').toBe('');
    // Said to the agent, or nothing to say: nothing lands.
    if (made.kind !== 'candidate') return;
    expect(made.checks?.report).toBe('');
    const log = readFileSync(join(world.dataDir, 'artifacts/demo/1/1/1/checks.log'), 'utf8');
    expect(/^tree (\w+)$/m.exec(log)?.[1]).toBe(made.tree);
    const landed = await activities.land({
      workspace,
      branch,
      expected: base,
      sha: made.sha,
      fence: ready.fence,
    });
    expect(landed.kind).toBe('landed');
    const clone = join(root, 'clone');
    git(root, 'clone', '-q', '-b', branch, repository, clone);
    expect(git(clone, 'rev-parse', 'HEAD^{tree}')).toBe(made.tree);
    const again = execFileSync('sh', ['-c', seen], { cwd: clone, encoding: 'utf8' });
    expect(again.trim()).toBe(`tree ${made.tree}`);
    expect(existsSync(scene.canary) ? readFileSync(scene.canary, 'utf8') : '').toBe('');
  } finally {
    world.remove();
  }
}

it('holds for each single thing that an agent may do', async () => {
  for (const name of Object.keys(acts)) await live(['edits', name]);
});

it('holds for whatever agents do one after the other', async () => {
  const some = fc.array(fc.constantFrom(...Object.keys(acts)), { minLength: 2, maxLength: 8 });
  await fc.assert(fc.asyncProperty(some, live), { numRuns: runs });
});
