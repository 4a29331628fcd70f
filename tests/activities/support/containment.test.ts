/** What programs leave behind on purpose, in every containment that works on this machine, each asked for by name. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountsOfCgroup2, ownGroup, recordedGroup } from '../../../activities/support/containment/cgroup.ts';
import {
  chooseContainment,
  describeContainment,
  findContainment,
} from '../../../activities/support/containment/containment.ts';
import { containmentKinds } from '../../../activities/support/containment/enclosure.ts';
import { killLeftovers } from '../../../activities/support/process-records.ts';
import { type RunRequest, runProcess } from '../../../activities/support/process.ts';
import { deadlineAfter } from '../../support/deadline-after.ts';
import { eventually, patienceMs } from '../../support/eventually.ts';
import { processesOf } from '../../support/processes.ts';

const root = new URL('../../../', import.meta.url).pathname;
let folder = '';
beforeEach(async () => {
  folder = realpathSync(await mkdtemp(join(tmpdir(), 'contained-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = { PATH: process.env['PATH'] ?? '' };
const run = (shell: string, more: Partial<RunRequest> = {}) =>
  runProcess({ command: { shell }, cwd: folder, env: environment, timeoutMs: patienceMs, ...more });
const textOf = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '');

/** Forks twice, each time into a session of its own, with an empty environment; the first parent is gone before anybody could look. */
const hide = (name: string, then = 'exec sleep 300'): string =>
  `(env -i setsid sh -c 'setsid sh -c "trap \\"\\" TERM HUP; echo up > ${name}; ${then}" > /dev/null 2>&1 < /dev/null &' &)
   while ! test -s ${name}; do sleep 0.02; done`;

const working = (
  await Promise.all(
    containmentKinds.map((kind) =>
      findContainment(kind).then(
        () => [kind],
        () => [],
      ),
    ),
  )
).flat();

describe.each(working)('with the containment %s, a program', (kind) => {
  beforeAll(async () => {
    await chooseContainment(kind);
  });

  it('starts where, with what and as what it was asked to, and its end is told', async () => {
    const odd = { 'npm_config_//host.example/:_authToken': 'a b', 'with.dot': '1' };
    const result = await run('cat; pwd; env; echo "$0"; exit 3', {
      stdin: 'from stdin\n',
      env: { ...environment, ...odd, GIVEN: 'yes' },
    });
    expect(result).toMatchObject({ exitCode: 3, signal: null, survivors: 0 });
    for (const line of ['from stdin', folder, 'GIVEN=yes']) expect(result.tail.split('\n')).toContain(line);

    const direct = await run('', { command: ['env'], env: { ...environment, ...odd } });
    expect(direct.tail.split('\n')).toEqual(
      expect.arrayContaining(['with.dot=1', 'npm_config_//host.example/:_authToken=a b']),
    );
  });

  it('that is ended by a signal is told as that, without a word that it did not print', async () => {
    expect(await run('kill -KILL $$')).toMatchObject({ exitCode: null, signal: 'SIGKILL', tail: '' });
    expect(await run('kill -TERM $$')).toMatchObject({ exitCode: null, signal: 'SIGTERM', tail: '' });
  });

  it('that is not there, or may not be started, is an error that names it', async () => {
    await expect(run('', { command: ['no-such-program'] })).rejects.toThrow(
      /Could not start 'no-such-program' in .*ENOENT/,
    );
    await writeFile(join(folder, 'plain'), 'text');
    await chmod(join(folder, 'plain'), 0o644);
    await expect(run('', { command: ['./plain'] })).rejects.toThrow(
      /Could not start '\.\/plain' in .*EACCES/,
    );
  });

  it('gets its grace at the deadline, and what ignores it is gone', async () => {
    const result = await deadlineAfter(
      async () => (await textOf('trapped')) !== '',
      (timeoutMs) =>
        run(
          `(trap '' TERM; sleep 300 & sleep 300) & trap 'echo cleaned > cleaned; exit 0' TERM; echo > trapped; while :; do sleep 0.05; done`,
          { timeoutMs, graceMs: 4_000 },
        ),
    );
    expect(result).toMatchObject({ timedOut: true, survivors: 0 });
    expect(await textOf('cleaned')).toBe('cleaned\n');
    expect(processesOf(folder)).toEqual([]);
  });

  if (kind === 'none') return;

  it('takes along what forked twice, left the session and cleared its environment', async () => {
    const result = await run(`${hide('hidden')}; echo done`);
    expect(result).toMatchObject({ exitCode: 0, lastLine: 'done', survivors: 0 });
    expect(await textOf('hidden')).toBe('up\n');
    expect(processesOf(folder)).toEqual([]);
  });

  it('takes along what goes on forking so, without end', async () => {
    await writeFile(
      join(folder, 'fork.sh'),
      'trap "" TERM HUP; echo up >> hidden; env -i setsid sh fork.sh > /dev/null 2>&1 < /dev/null & sleep 0.01\n',
    );
    const result = await run(
      'env -i setsid sh fork.sh > /dev/null 2>&1 < /dev/null & while test "$(cat hidden 2> /dev/null | wc -l)" -lt 10; do sleep 0.02; done',
    );
    expect(result).toMatchObject({ exitCode: 0, survivors: 0 });
    expect(processesOf(folder)).toEqual([]);
  });

  it('that was at work when the worker was killed is ended by the next one, with all that hid', async () => {
    const dataDir = join(folder, 'data');
    const file = join(folder, 'worker.mts');
    await writeFile(
      file,
      `import { chooseContainment } from '${root}activities/support/containment/containment.ts';
       import { runProcess } from '${root}activities/support/process.ts';
       await chooseContainment('${kind}');
       await runProcess({ command: { shell: ${JSON.stringify(`${hide('hidden')}; sleep 300`)} }, cwd: '${folder}',
         env: { PATH: process.env.PATH }, timeoutMs: 100000, dataDir: '${dataDir}', scope: 'here' });`,
    );
    const worker = spawn('node', [file], { stdio: 'ignore' });
    await eventually('the program that hides', async () => (await textOf('hidden')) === 'up\n');
    worker.kill('SIGKILL');
    await once(worker, 'exit');

    expect(processesOf(folder)).not.toEqual([]);
    expect(await killLeftovers(dataDir)).toBe(1);
    expect(processesOf(folder)).toEqual([]);
    expect(await readdir(join(dataDir, 'processes'))).toEqual([]);
  });
});

it.each(working)('leaves no control group behind with the containment %s', async (kind) => {
  const parent = ownGroup();
  const groups = async () =>
    parent === undefined ? [] : (await readdir(parent)).filter((name) => name.startsWith('phasewright-'));
  const before = await groups();
  await chooseContainment(kind);
  await run('true');
  if (kind === 'cgroup') {
    const nested =
      'own=$(sed -n "s/^0:://p" /proc/self/cgroup); mkdir -p "$0/${own##*/}/in/it"; echo made > nested';
    await run('', { command: ['sh', '-c', nested, parent ?? ''] });
    expect(await textOf('nested')).toBe('made\n');
  }
  expect((await groups()).filter((name) => !before.includes(name))).toEqual([]);
});

it('says how to get a containment where there is none, and refuses one by name that does not work', async () => {
  expect(describeContainment('none')).toMatch(/can outlive them\. Install bubblewrap/);
  for (const kind of containmentKinds.filter((each) => !working.includes(each)))
    await expect(findContainment(kind)).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining(`asks for '${kind}', which does not work here`) as unknown,
    });
  expect(working).toContain((await findContainment('auto')).kind);
});

it('takes no folder for a control group because a note says so', async () => {
  const id = '0b1f0000-0000-4000-8000-000000000000';
  const forged = join(folder, `phasewright-${id}`);
  await writeFile(forged, '');
  expect(recordedGroup(forged, id)).toBeNull();
  expect(recordedGroup('/sys/fs/cgroup', id)).toBeNull();
  expect(recordedGroup(null, id)).toBeNull();
  expect(existsSync(forged)).toBe(true);
});

it('finds where version 2 is mounted, alone or beside version 1, whatever the folder is called', () => {
  expect(
    mountsOfCgroup2(
      [
        '30 23 0:26 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755',
        '31 30 0:27 / /sys/fs/cgroup/unified rw shared:10 - cgroup2 cgroup2 rw,nsdelegate',
        '41 30 0:30 / /sys/fs/cgroup/pids rw shared:11 - cgroup cgroup rw,pids',
        '52 30 0:27 /user.slice /mnt/my\\040groups rw - cgroup2 none rw',
      ].join('\n'),
    ),
  ).toEqual([
    { root: '/', at: '/sys/fs/cgroup/unified' },
    { root: '/user.slice', at: '/mnt/my groups' },
  ]);
});
