/** Setup and checks with real git and real commands. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createChecksActivities } from '../../../activities/checks/activities.ts';
import { type ChecksDependencies, runChecks } from '../../../activities/checks/checks.ts';
import { createCommandRunner } from '../../../activities/checks/command/index.ts';
import { createGitActivities } from '../../../activities/git/activities.ts';
import type { CommitCandidateRequest } from '../../../activities/git/contract.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Git } from '../../../activities/git/port.ts';
import { armFaults } from '../../../activities/support/fault-points.ts';
import type { ChecksActivities, ChecksResult } from '../../../activities/checks/contract.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { activityContext, perform } from '../../support/agent-fixture.ts';
import { eventually, patienceMs } from '../../support/eventually.ts';
import { processesOf } from '../../support/processes.ts';
import { type TestRepository, createTestRepository } from '../../support/repository.ts';

const branch = 'project/shop/phase/1/model';
const key = { owner: 'shop', phase: 1, task: 1, attempt: 1 };

let repository: TestRepository;
let git: Git;
let workspace: WorkspaceRef;
let worktree = '';
/** The checks' checkout. */
let checkout = '';
let dataDir = '';
let sha = '';
let dependencies: ChecksDependencies;
let activities: ChecksActivities;

beforeEach(async () => {
  repository = createTestRepository();
  sha = repository.commit('work', {
    'package.json': '{"name":"shop"}\n',
    '.gitignore': 'node_modules/\nignored\n',
    'a.txt': 'a\n',
    'b.txt': 'b\n',
  });
  dataDir = join(repository.folder, 'data');
  const environment = {
    PATH: process.env['PATH'],
    HOME: repository.folder,
    SECRET_TOKEN: 'canary-0123456789',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  git = createSimpleGit({ dataDir, hostId: 'host-1', env: environment });
  workspace = { owner: 'shop', repository: { kind: 'path', path: repository.bare }, host: 'host-1' };
  await git.fetch(workspace.repository);
  worktree = git.worktreePath(workspace);
  checkout = git.checksPath(workspace);
  dependencies = {
    git,
    artifacts: createFileArtifacts({ root: join(dataDir, 'artifacts') }),
    dataDir,
    runner: createCommandRunner({ dataDir, environment }),
    setUps: new Map(),
  };
  activities = createChecksActivities(dependencies);
});
afterEach(() => repository.remove());

const run = (
  commands: readonly string[],
  timeoutMs = patienceMs,
  context = activityContext(),
): Promise<ChecksResult> =>
  perform(activities.runChecks, { key, workspace, branch, sha, setup: [], commands, timeoutMs }, context);
const setup = (commands: readonly string[], timeoutMs = patienceMs): Promise<ChecksResult> =>
  perform(activities.runSetup, { key, workspace, commands, timeoutMs });
const log = (name: string): string => readFileSync(join(dataDir, 'artifacts/shop/1/1/1', name), 'utf8');
const inCheckout = (name: string): string => readFileSync(join(checkout, name), 'utf8');

describe('checks', () => {
  it('run in order on exactly the tree asked for, and leave evidence and a log', async () => {
    const result = await run(['cat a.txt', 'git rev-parse HEAD && echo "$CI"']);
    expect(result).toMatchObject({
      passed: true,
      timedOut: false,
      report: '',
      artifact: 'shop/1/1/1/checks.log',
      checks: [
        { command: 'cat a.txt', passed: true, exitCode: 0 },
        { command: 'git rev-parse HEAD && echo "$CI"', passed: true, exitCode: 0 },
      ],
    });
    expect(log('checks.log')).toBe(`$ cat a.txt\na\n$ git rev-parse HEAD && echo "$CI"\n${sha}\ntrue\n`);
  });

  it('see nothing of the worker but a few variables', async () => {
    await run(['env | cut -d= -f1 | sort > ignored']);
    const names = inCheckout('ignored')
      .trim()
      .split('\n')
      .filter((name) => !['OLDPWD', 'SHLVL', '_'].includes(name));
    expect(names).toEqual(['CI', 'HOME', 'PATH', 'PHASEWRIGHT_RUN_ID', 'PWD']);
  });

  it('get what the network needs and what the operator names, and print no password of it', async () => {
    const environment = {
      PATH: process.env['PATH'],
      https_proxy: 'http://ann:hunter2-hunter2@proxy.example:3128',
      NO_PROXY: 'localhost',
      NODE_EXTRA_CA_CERTS: '/etc/ours.pem',
      JAVA_HOME: '/opt/java',
      DATABASE_URL: 'postgres://shop:pw@db.example/shop',
      UNNAMED: 'x',
    };
    const passes = ['JAVA_HOME', 'DATABASE_URL', 'NOT_SET'];
    const runner = createCommandRunner({ dataDir, environment, passes });
    const checks = createChecksActivities({ ...dependencies, runner });
    const request = { key, workspace, branch, sha, setup: ['env'], commands: ['env'], timeoutMs: patienceMs };
    expect(await perform(checks.runChecks, request)).toMatchObject({ passed: true });
    for (const name of ['setup.log', 'checks.log']) {
      const lines = log(name).split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          'https_proxy=http://[https_proxy]@proxy.example:3128',
          'NO_PROXY=localhost',
          'NODE_EXTRA_CA_CERTS=/etc/ours.pem',
          'JAVA_HOME=/opt/java',
          'DATABASE_URL=postgres://[DATABASE_URL]@db.example/shop',
        ]),
      );
      expect(lines.filter((line) => /UNNAMED|NOT_SET/.test(line))).toEqual([]);
    }
  });

  it('find the commit and nothing else, whatever lay there', async () => {
    await git.prepare(workspace, { branch, startSha: sha, keepChanges: false });
    for (const name of ['a.txt', 'left-over', 'ignored']) writeFileSync(join(worktree, name), 'by the agent');
    await run(['echo x > ignored; echo x > left-over; mkdir node_modules; mkfifo pipe']);
    writeFileSync(join(checkout, 'b.txt'), 'changed');
    expect(await run(['ls -A | tr "\\n" " "; cat a.txt b.txt'])).toMatchObject({ passed: true });
    expect(log('checks.2.log')).toContain('.git .gitignore README.md a.txt b.txt package.json a\nb\n');
  });

  it('find what a clone has: tags, origin, its default branch', async () => {
    repository.git(['tag', '-a', 'v1.2.0', '-m', 'v1.2.0', sha]);
    repository.git(['push', '--quiet', 'origin', 'v1.2.0']);
    await git.resolveBase(workspace.repository, null);
    await git.fetch(workspace.repository);
    const commands = [
      'test "$(git describe --tags)" = v1.2.0',
      `test "$(git remote get-url origin)" = "${repository.bare}"`,
      'git rev-parse --verify main && git rev-parse --verify origin/main && git rev-parse origin/HEAD',
      'test -z "$(git status --porcelain)"',
    ];
    expect((await run(commands)).report).toBe('');
  });

  it('stop at the first failure and report its command with the end of its output', async () => {
    const result = await run(['true', 'seq 5000; echo "1 test failed" >&2; exit 2', 'touch never']);
    expect(result).toMatchObject({ passed: false, timedOut: false });
    expect(result.checks.map(({ passed, exitCode }) => [passed, exitCode])).toEqual([
      [true, 0],
      [false, 2],
    ]);
    expect(result.report).toMatch(/^`seq 5000; .*` ended with exit code 2\. The end of its output:\n/);
    expect(result.report).toContain('1 test failed');
    expect(result.report).toContain('5000');
    expect(Buffer.byteLength(result.report)).toBeLessThan(4 * 1024 + 300);
    expect(existsSync(join(checkout, 'never'))).toBe(false);
    expect(log('checks.log')).toContain('\n2500\n');
  });

  it.each([
    ['change a tracked file', 'echo x >> a.txt', /a\.txt/],
    ['delete a tracked file', 'rm b.txt', /b\.txt/],
    ['make one a pipe', 'rm a.txt; mkfifo a.txt', /a\.txt/],
    [
      'hide a change',
      'cp -p a.txt t; echo b > a.txt; touch -r t a.txt; git update-index --assume-unchanged a.txt',
      /a\.txt/,
    ],
    ['commit', 'echo x >> a.txt && git -c user.name=x -c user.email=x@x commit -qam sneaky', /a\.txt/],
  ])('fail when they %s', async (_what, command, names) => {
    const result = await run([command]);
    expect(result).toMatchObject({ passed: false, checks: [{ passed: true }] });
    expect(result.report).toMatch(/^the checks changed tracked files: /);
    expect(result.report).toMatch(names);
  });

  it.each<[string, string]>([
    ['removes', 'cd .. && rm -rf checks'],
    ['links to a copy of', 'cd .. && mv checks copy && ln -s copy checks'],
    ['puts a pipe in place of', 'cd .. && rm -rf checks && mkfifo checks'],
  ])('fail when one %s the whole checkout, and the next run has one', async (_what, spoil) => {
    expect(await run([spoil])).toMatchObject({
      passed: false,
      report: expect.stringContaining('the checks changed tracked files: all of them'),
    });
    expect((await run(['grep a a.txt'])).report).toBe('');
  });

  it('may write files of their own', async () => {
    const commands = [
      'mkdir node_modules && echo x > node_modules/x',
      'mkdir __pycache__ && echo x > __pycache__/a.pyc',
    ];
    expect(await run(commands)).toMatchObject({ passed: true });
  });

  it('are ended at their limit, which counts for all together, with everything they started', async () => {
    const result = await run(
      ['true', `trap '' TERM; echo $$ > ignored; setsid sleep 300 & sleep 300`],
      8_000,
    );
    expect(result).toMatchObject({
      passed: false,
      timedOut: true,
      checks: [{ passed: true }, { passed: false, exitCode: null }],
    });
    expect(result.report).toContain('was ended: the commands together did not finish within 8s');
    expect(inCheckout('ignored')).toMatch(/^\d+$/m);
    expect(processesOf(checkout)).toEqual([]);
  });

  it('are ended when cancelled, and heartbeat until then', async () => {
    const context = activityContext();
    const beats: unknown[] = [];
    context.on('heartbeat', (detail) => beats.push(detail));
    const ended = expect(run(['echo $$ > ignored; sleep 300'], 100_000, context)).rejects.toThrow(
      CancelledFailure,
    );
    const doing = 'echo $$ > ignored; sleep 300';
    await eventually('a heartbeat of the check', () =>
      beats.some((beat) => (beat as { doing?: string }).doing === doing),
    );
    await eventually('the check at work', () => existsSync(join(checkout, 'ignored')));
    context.cancel();
    await ended;
    expect(inCheckout('ignored')).toMatch(/^\d+$/m);
    expect(processesOf(checkout)).toEqual([]);
  });

  it('pass without evidence if there are none', async () => {
    expect(await run([])).toEqual({
      passed: true,
      timedOut: false,
      elapsedMs: 0,
      checks: [],
      report: '',
      artifact: null,
      tree: repository.git(['rev-parse', `${sha}^{tree}`]),
    });
  });

  it('give the same answer when they are repeated, with a log of their own', async () => {
    await run(['echo once']);
    expect(await run(['echo twice'])).toMatchObject({ passed: true, artifact: 'shop/1/1/1/checks.2.log' });
    expect(log('checks.log')).toBe('$ echo once\nonce\n');
    expect(log('checks.2.log')).toBe('$ echo twice\ntwice\n');
  });

  it('never print a secret of the worker', async () => {
    const result = await run(['echo canary-0123456789; exit 1']);
    expect(result.report).toContain('[SECRET_TOKEN]');
    expect(log('checks.log')).not.toMatch(/^canary/m);
  });
});

describe('setup', () => {
  const install = 'mkdir -p node_modules && echo x >> node_modules/runs';
  const runs = (ground = worktree): number =>
    existsSync(join(ground, 'node_modules/runs'))
      ? readFileSync(join(ground, 'node_modules/runs'), 'utf8').split('\n').length - 1
      : 0;
  beforeEach(() => git.prepare(workspace, { branch, startSha: sha, keepChanges: false }));

  it('runs once, until a manifest, a lockfile or its commands change', async () => {
    expect(await setup([install])).toMatchObject({
      passed: true,
      checks: [{ command: install, passed: true }],
    });
    expect(await setup([install])).toMatchObject({ passed: true, checks: [] });
    expect(runs()).toBe(1);

    writeFileSync(join(worktree, 'a.txt'), 'not a manifest');
    await setup([install]);
    expect(runs()).toBe(1);

    sha = repository.commit('work', { 'packages/one/yarn.lock': 'x\n' });
    await git.fetch(workspace.repository);
    await git.prepare(workspace, { branch, startSha: sha, keepChanges: false });
    await setup([install]);
    expect(runs()).toBe(2);

    await setup([install, 'true']);
    expect(runs()).toBe(3);
  });

  it('runs before the checks of a candidate that changes a manifest, and its failure is theirs', async () => {
    await setup([install]);
    sha = repository.commit('work', { 'package.json': '{"dependencies": {}}\n' });
    await git.fetch(workspace.repository);
    const check = (commands: readonly string[]) =>
      perform(activities.runChecks, {
        key,
        workspace,
        branch,
        sha,
        setup: commands,
        commands: ['test -f node_modules/runs'],
        timeoutMs: patienceMs,
      });
    expect(await check([install])).toMatchObject({
      passed: true,
      checks: [{ command: 'test -f node_modules/runs' }],
    });
    expect([runs(), runs(checkout)]).toEqual([1, 1]);
    await check([install]);
    expect(runs(checkout)).toBe(1);
    expect(await check(['exit 7'])).toMatchObject({
      passed: false,
      checks: [],
      report: expect.stringContaining('the setup for the checks failed: `exit 7`'),
    });
  });

  const checksAfter =
    (made: string) =>
    (...commands: readonly string[]) =>
      perform(activities.runChecks, {
        key,
        workspace,
        branch,
        sha,
        setup: [made],
        commands,
        timeoutMs: patienceMs,
      });

  it('made for the checks is as it was before each run of them, and not made again for that', async () => {
    const made =
      'mkdir -p node_modules/.bin && echo real > node_modules/.bin/tester && ln -s .bin/tester node_modules/link && echo x >> ../setups';
    const check = checksAfter(made);
    const spoil =
      'echo false > node_modules/.bin/tester; touch -r a.txt node_modules/.bin/tester; rm node_modules/link; mkdir -p node_modules/.cache lib && echo x > node_modules/.cache/x && echo x > lib/x; chmod 0 node_modules/.bin';
    expect((await check(spoil)).report).toBe('');
    const whole = [
      'grep real node_modules/.bin/tester',
      'grep real node_modules/link',
      'test ! -e node_modules/.cache',
      'test ! -e lib',
    ];
    expect((await check(...whole)).report).toBe('');
    writeFileSync(join(checkout, 'node_modules/.bin/tester'), 'real2\n');
    expect((await check(...whole, '! grep real2 node_modules/.bin/tester')).report).toBe('');
    expect(readFileSync(join(checkout, '../setups'), 'utf8')).toBe('x\n');

    // What only a file says counts for nothing: another process begins with its own setup.
    const other = createSimpleGit({ dataDir, hostId: 'host-1', env: { PATH: process.env['PATH'] } });
    activities = createChecksActivities({ ...dependencies, git: other, setUps: new Map() });
    expect((await check(...whole)).report).toBe('');
    expect(readFileSync(join(checkout, '../setups'), 'utf8')).toBe('x\nx\n');
  });

  it('runs again when checks planted something in the .git of their checkout', async () => {
    const made = 'mkdir -p .git/modules/x && echo real > .git/modules/x/config && echo x >> ../setups';
    const check = checksAfter(made);
    await check('true');
    expect((await check('grep real .git/modules/x/config')).report).toBe('');
    expect(readFileSync(join(checkout, '../setups'), 'utf8')).toBe('x\n');
    await check(
      'mkdir -p .git/hooks && echo planted > .git/hooks/post-checkout; git config core.hooksPath planted',
    );
    const clean = [
      'test ! -e .git/hooks',
      'test -z "$(git config core.hooksPath)"',
      'grep real .git/modules/x/config',
    ];
    expect((await check(...clean)).report).toBe('');
    expect(readFileSync(join(checkout, '../setups'), 'utf8')).toBe('x\nx\n');
  });

  it.each<[string, string]>([
    [
      'makes a folder of it a link',
      'mkdir -p ../../../outside && rm -r node_modules && ln -s "$PWD/../../../outside" node_modules',
    ],
    ['makes a folder of it a file', 'rm -r node_modules && echo x > node_modules'],
    ['makes a folder of it a pipe', 'rm -r node_modules && mkfifo node_modules'],
  ])('made for the checks is whole again after a run that %s', async (_what, spoil) => {
    const made = 'mkdir -p node_modules/.bin && echo real > node_modules/.bin/tester && echo x >> ../setups';
    const request = { key, workspace, branch, sha, setup: [made], timeoutMs: patienceMs };
    const first = await perform(activities.runChecks, { ...request, commands: [spoil] });
    expect(first.report).toBe('');
    const commands = ['grep real node_modules/.bin/tester'];
    expect((await perform(activities.runChecks, { ...request, commands })).report).toBe('');
    expect(existsSync(join(repository.folder, 'data/outside/.bin'))).toBe(false);
    expect(readFileSync(join(checkout, '../setups'), 'utf8')).toBe('x\n');
  });

  it('may change tracked files of the checks only for itself', async () => {
    const request = {
      key,
      workspace,
      branch,
      sha,
      setup: ['echo v2 > a.txt; echo x > made.txt'],
      timeoutMs: patienceMs,
    };
    const commands = ['grep a a.txt', 'grep x made.txt'];
    expect((await perform(activities.runChecks, { ...request, commands })).report).toBe('');
  });

  it('runs again in a worktree that was rebuilt, and when someone removed what it made', async () => {
    await setup([install]);
    rmSync(join(worktree, 'node_modules'), { recursive: true });
    await setup([install]);
    expect(runs()).toBe(1);

    rmSync(worktree, { recursive: true });
    await git.prepare(workspace, { branch, startSha: sha, keepChanges: false });
    expect(runs()).toBe(0);
    await setup([install]);
    expect(runs()).toBe(1);
  });

  it('that failed or was cut short runs again, and says why it failed', async () => {
    const failing = `${install}; echo "no registry"; exit 3`;
    const failed = await setup([failing]);
    expect(failed).toMatchObject({ passed: false, artifact: 'shop/1/1/1/setup.log' });
    expect(failed.report).toMatch(/ended with exit code 3\. The end of its output:\nno registry$/);
    await setup([failing]);
    expect(runs()).toBe(2);
    expect((await setup([`${install}; sleep 300`], 700)).timedOut).toBe(true);
    await setup([install]);
    expect(runs()).toBe(4);
  });

  it('that does not exist passes', async () => {
    expect(await setup([])).toMatchObject({ passed: true, checks: [], artifact: null });
  });
});

describe('a candidate that is tested as it is made', () => {
  const made = { date: '2026-11-21T08:00:00Z', subject: 'Task', body: '', trailers: [] };
  const gitActivities = () =>
    createGitActivities({
      git,
      runChecks: (checks, run) => runChecks(dependencies, checks, run),
    });
  const request = (commands: readonly string[]): CommitCandidateRequest => ({
    key,
    workspace,
    branch,
    headSha: sha,
    startSha: sha,
    baseSha: sha,
    merge: null,
    metadata: made,
    checks: { setup: [], commands, timeoutMs: patienceMs },
  });
  const commitCandidate = (commands: readonly string[]) =>
    perform(gitActivities().commitCandidate, request(commands));

  beforeEach(async () => {
    await gitActivities().prepareWorktree({ key, workspace, branch, startSha: sha, keepChanges: false });
    writeFileSync(join(worktree, 'a.txt'), 'changed\n');
  });
  afterEach(() => armFaults(''));

  it('comes back with what its checks said', async () => {
    expect(await commitCandidate(['grep changed a.txt'])).toMatchObject({
      kind: 'candidate',
      files: ['a.txt'],
      checks: { passed: true, checks: [{ command: 'grep changed a.txt', passed: true }] },
    });
    expect(await commitCandidate(['grep other a.txt'])).toMatchObject({
      kind: 'candidate',
      checks: { passed: false, report: expect.stringContaining('grep other a.txt') },
    });
  });

  it('is the same when it is made again after a crash in the midst of its checks', async () => {
    const commands = ['[ -f stray.txt ] && exit 1; echo x > stray.txt; echo y > b.txt; true'];
    armFaults('runChecks:effect=throw');
    await expect(commitCandidate(commands)).rejects.toThrow('Fault injected');
    expect(existsSync(join(checkout, 'stray.txt'))).toBe(true);
    expect(await commitCandidate(['[ ! -f stray.txt ] && grep b b.txt'])).toMatchObject({
      kind: 'candidate',
      files: ['a.txt'],
      checks: { passed: true },
    });
  });

  it('is not found again by a later attempt that starts at it', async () => {
    const first = await commitCandidate(['false']);
    if (first.kind !== 'candidate') throw new Error(first.kind);
    const later = { ...request(['true']), key: { ...key, attempt: 2 }, startSha: first.sha };
    await gitActivities().prepareWorktree({ ...later, keepChanges: false });
    expect(await perform(gitActivities().commitCandidate, later)).toEqual({ kind: 'empty' });
    writeFileSync(join(worktree, 'b.txt'), 'changed too\n');
    expect(await perform(gitActivities().commitCandidate, later)).toMatchObject({
      kind: 'candidate',
      files: ['a.txt', 'b.txt'],
    });
  });
});
