import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chooseContainment } from '../../../activities/support/containment/containment.ts';
import { type RunRequest, runProcess } from '../../../activities/support/process.ts';
import { killLeftovers } from '../../../activities/support/process-records.ts';
import { createRedactor } from '../../../activities/support/redact.ts';
import { isAlive, parsePs, parseStat, readEntry } from '../../../activities/support/process-table.ts';
import { deadlineAfter } from '../../support/deadline-after.ts';
import { eventually, patienceMs } from '../../support/eventually.ts';

const root = new URL('../../../', import.meta.url).pathname;
let folder = '';

// What programs tell of themselves are process ids of this machine; containment.test.ts has them in namespaces.
beforeAll(async () => {
  await chooseContainment('none');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'process-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = { PATH: process.env['PATH'] ?? '' };
const linesOf = async (name: string): Promise<number> =>
  (await readFile(join(folder, name), 'utf8').catch(() => '')).split('\n').length - 1;
const run = (shell: string, more: Partial<RunRequest> = {}) =>
  runProcess({ command: { shell }, cwd: folder, env: environment, timeoutMs: patienceMs, ...more });

/** The pids that a program wrote, one per line; those that still run. */
async function stillRunning(file: string): Promise<readonly number[]> {
  const pids = (await readFile(join(folder, file), 'utf8')).trim().split('\n').map(Number);
  expect(pids.length).toBeGreaterThan(0);
  return pids.filter((pid) => {
    const entry = readEntry(pid);
    return entry !== undefined && !entry.zombie;
  });
}

describe('a program that behaves', () => {
  it('gets its input, its environment and nothing else, and its end is told', async () => {
    const result = await run('cat; env | cut -d= -f1 | sort | tr "\\n" " "; exit 3', {
      stdin: 'hello ',
      env: { ...environment, GIVEN: 'yes' },
    });
    expect(result).toMatchObject({
      exitCode: 3,
      signal: null,
      timedOut: false,
      cancelled: false,
      survivors: 0,
    });
    expect(result.tail.replace(/\b(OLDPWD|SHLVL|_) /g, '').trim()).toBe(
      'hello GIVEN PATH PHASEWRIGHT_RUN_ID PWD',
    );
  });

  it('may ignore its input, however long that is', async () => {
    const result = await run('exit 0', { stdin: 'x'.repeat(4_000_000) });
    expect(result.exitCode).toBe(0);
  });

  it('keeps both streams in the log and the last line apart', async () => {
    const logPath = join(folder, 'logs', 'log');
    const result = await run('echo one; echo two >&2; printf "\\033[31mthree\\033[0m\\n\\n"', { logPath });
    expect(result.lastLine).toBe('three');
    const log = await readFile(logPath, 'utf8');
    for (const word of ['one', 'two', 'three']) expect(log).toContain(word);
    expect(result.logTruncated).toBe(false);
  });

  it('that does not exist is an error that names it', async () => {
    await expect(run('', { command: ['no-such-program-here'] })).rejects.toThrow(
      /Could not start 'no-such-program-here' in .*ENOENT/,
    );
  });

  it('keeps a secret it was given out of log and tail, even when it comes in two pieces', async () => {
    const logPath = join(folder, 'log');
    const redactor = createRedactor({ MY_API_KEY: 'sk-abcdefghijk', HOME: '/home/somebody' });
    const result = await run('printf "key sk-abc"; sleep 0.2; printf "defghijk end /home/somebody"', {
      logPath,
      redactor,
    });
    expect(result.tail).toBe('key [MY_API_KEY] end /home/somebody');
    expect(await readFile(logPath, 'utf8')).toBe(result.tail);
  });

  it('hears at once what cannot be the beginning of a secret', () => {
    const stream = createRedactor({ A_TOKEN: 'abcdefghij', B_TOKEN: 'abcdefghijklm' }).stream();
    const put = (text: string) => stream.push(Buffer.from(text)).toString();
    expect(put('{"whole":"line"}\n')).toBe('{"whole":"line"}\n');
    expect(put('xab')).toBe('x');
    expect(put('cdefghij')).toBe('');
    expect(put('kl')).toBe('');
    expect(put('?')).toBe('[A_TOKEN]kl?');
    expect(put('abcdefghijklmabc')).toBe('[B_TOKEN]');
    expect(stream.flush().toString()).toBe('abc');
  });
});

describe('a program that does not behave', () => {
  it('is gone after its deadline, with everything it started, whatever that ignores', async () => {
    const command = `trap '' TERM; echo $$ >> pids
       (trap '' TERM; echo $BASHPID >/dev/null; sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done') &
       setsid sh -c 'trap "" TERM; echo $$ >> pids; while :; do sleep 1; done' &
       setsid sh -c '(setsid sh -c "trap \\"\\" TERM; echo \\$\\$ >> pids; while :; do sleep 1; done" &) ; exit 0'
       while :; do sleep 1; done`;
    const result = await deadlineAfter(
      async () => (await linesOf('pids')) === 4,
      (timeoutMs) => run(command, { timeoutMs }),
    );
    expect(result).toMatchObject({ timedOut: true, cancelled: false, survivors: 0 });
    expect(await stillRunning('pids')).toEqual([]);
  });

  it('is gone after a cancellation', async () => {
    const abort = new AbortController();
    const running = run('trap "" TERM; echo $$ > pids; while :; do sleep 1; done', { signal: abort.signal });
    await eventually('the program at work', () => existsSync(join(folder, 'pids')));
    abort.abort();
    expect(await running).toMatchObject({ cancelled: true, timedOut: false, survivors: 0 });
    expect(await stillRunning('pids')).toEqual([]);
  });

  it('leaves nothing in the background when it ends by itself', async () => {
    const result = await run(
      `(sleep 300 & echo $! >> pids); setsid sh -c 'echo $$ >> pids; exec sleep 300' >/dev/null 2>&1 & while [ "$(wc -l < pids)" -lt 2 ]; do sleep 0.1; done; echo done`,
    );
    expect(result).toMatchObject({ exitCode: 0, lastLine: 'done', survivors: 0 });
    expect(await stillRunning('pids')).toEqual([]);
  });

  it('cannot hide by throwing its environment away, if its parent lived long enough to be seen', async () => {
    await run(
      `env -i PATH="$PATH" setsid sh -c 'echo $$ >> pids; exec sleep 300' >/dev/null 2>&1 & while ! [ -s pids ]; do sleep 0.1; done; sleep 4`,
    );
    expect(await stillRunning('pids')).toEqual([]);
  });

  it('cannot outrun its end by forking', async () => {
    await writeFile(
      join(folder, 'bomb.sh'),
      'echo $$ >> pids\n[ "$1" -gt 5 ] && exec sleep 300\nsetsid sh bomb.sh $(($1+1)) &\nsh bomb.sh $(($1+1)) &\nwait\n',
    );
    const result = await run('sh bomb.sh 0', { timeoutMs: 1_500 });
    expect(result).toMatchObject({ timedOut: true, survivors: 0 });
    expect(await stillRunning('pids')).toEqual([]);
  });

  it('that was told to end may use the grace to clean up', async () => {
    const result = await deadlineAfter(
      async () => (await linesOf('trapped')) === 1,
      (timeoutMs) =>
        run('trap "echo cleaned > cleaned; exit 0" TERM; echo > trapped; while :; do sleep 0.1; done', {
          timeoutMs,
          graceMs: 4_000,
        }),
    );
    expect(result.timedOut).toBe(true);
    expect(await readFile(join(folder, 'cleaned'), 'utf8')).toBe('cleaned\n');
  });

  it('never takes other processes with it', async () => {
    const other = spawn('sleep', ['300'], { stdio: 'ignore', detached: true });
    try {
      await run('sleep 300 & exit 0');
      expect(readEntry(other.pid ?? 0)?.zombie).toBe(false);
    } finally {
      other.kill('SIGKILL');
      await once(other, 'exit');
    }
  });
});

describe('a program that has given what was wanted', () => {
  const given = async () => {
    const state = await readFile(join(folder, 'answer'), 'utf8').catch(() => '');
    return state === '' ? undefined : { state, graceMs: 3_000 };
  };

  it('is ended when it goes on, long before its deadline', async () => {
    const result = await run('echo 42 > answer; echo said; while :; do sleep 0.1; done', {
      fulfilled: given,
      timeoutMs: 800_000,
    });
    expect(result).toMatchObject({ lingered: true, timedOut: false, lastLine: 'said', survivors: 0 });
  });

  it('may end by itself, and as long as it changes that, it is left alone', async () => {
    const result = await run(
      'for n in 1 2 3 4 5 6 7 8; do echo $n > answer; sleep 0.5; done; echo ready; exit 4',
      { fulfilled: given },
    );
    expect(result).toMatchObject({ lingered: false, exitCode: 4, lastLine: 'ready' });
  });

  it('is left alone once it took that back', async () => {
    const result = await run('echo 1 > answer; sleep 0.4; rm answer; sleep 4; echo ready', {
      fulfilled: given,
    });
    expect(result).toMatchObject({ lingered: false, exitCode: 0, lastLine: 'ready' });
  });

  it('is not ended because that could not be looked at', async () => {
    const result = await run('sleep 0.6; echo ready', { fulfilled: () => Promise.reject(new Error('busy')) });
    expect(result).toMatchObject({ lingered: false, exitCode: 0, lastLine: 'ready' });
  });
});

describe('output without end', () => {
  it('of a gigabyte costs at most 64 MiB of memory; the last 64 KiB and a capped, marked log stay', async () => {
    const logPath = join(folder, 'log');
    const program = `
      import { runProcess } from '${root}activities/support/process.ts';
      const run = (bytes) => runProcess({ command: { shell: 'head -c ' + bytes + ' /dev/zero' }, cwd: '/', env: { PATH: process.env.PATH }, timeoutMs: 100000, logPath: '${logPath}', logCapBytes: 1000000 });
      await run(100);
      const before = process.resourceUsage().maxRSS;
      const { outputBytes, tail, logTruncated } = await run(1073741824);
      console.log(JSON.stringify({ grownKib: process.resourceUsage().maxRSS - before, outputBytes, tail: tail.length, logTruncated }));`;
    const file = join(folder, 'flood.mts');
    await writeFile(file, program);
    const { stdout } = await promisify(execFile)('node', [file]);
    const measured = JSON.parse(stdout) as Record<string, unknown>;
    expect(measured).toMatchObject({ outputBytes: 1_073_741_824, tail: 65_536, logTruncated: true });
    expect(measured['grownKib']).toBeLessThan(64 * 1024);
    expect((await stat(logPath)).size).toBeLessThan(1_000_300);
    expect((await readFile(logPath)).subarray(-80).toString()).toContain(
      '[log cut here: it reached its limit of 1000000 bytes]',
    );
  });

  it('survives a line of 100 MB', async () => {
    const result = await run("head -c 100000000 /dev/zero | tr '\\0' 'x'; echo");
    expect(result.outputBytes).toBe(100_000_001);
    expect(result.lastLine).toBe('x'.repeat(1000));
  });

  it('survives bytes that are no text', async () => {
    const result = await run("printf 'a\\377\\376\\303b\\033]0;title\\007\\000c\\n'");
    expect(result.exitCode).toBe(0);
    expect(result.lastLine).toBe('a\ufffd\ufffd\ufffdbc');
  });
});

describe('a worker that dies', () => {
  const starting = (dataDir: string): string => `
    import { chooseContainment } from '${root}activities/support/containment/containment.ts';
    import { runProcess } from '${root}activities/support/process.ts';
    await chooseContainment('none');
    await runProcess({ command: { shell: "trap '' TERM; echo $$ >> pids; setsid sh -c 'echo $$ >> pids; exec sleep 300' & while :; do sleep 1; done" },
      cwd: '${folder}', env: { PATH: process.env.PATH }, timeoutMs: 100000, dataDir: '${dataDir}', scope: 'here' });`;

  async function startWorker(): Promise<{
    readonly dataDir: string;
    kill(signal: NodeJS.Signals): Promise<void>;
  }> {
    const dataDir = join(folder, 'data');
    await writeFile(join(folder, 'worker.mts'), starting(dataDir));
    const worker = spawn('node', [join(folder, 'worker.mts')], { stdio: 'ignore' });
    const ended = once(worker, 'exit');
    await eventually(
      'two programs at work',
      async () => (await readFile(join(folder, 'pids'), 'utf8').catch(() => '')).split('\n').length === 3,
    );
    return {
      dataDir,
      async kill(signal) {
        worker.kill(signal);
        await ended;
      },
    };
  }

  it('leaves programs that the next one ends', async () => {
    const { dataDir, kill } = await startWorker();
    await kill('SIGKILL');
    expect(await stillRunning('pids')).toHaveLength(2);
    expect(await killLeftovers(dataDir)).toBe(1);
    expect(await stillRunning('pids')).toEqual([]);
    expect(await readdir(join(dataDir, 'processes'))).toEqual([]);
    expect(await killLeftovers(dataDir)).toBe(0);
  });

  it('is not thought dead while it lives, but a newer run in the same place ends its program', async () => {
    const { dataDir, kill } = await startWorker();
    try {
      expect(await killLeftovers(dataDir)).toBe(0);
      expect(await killLeftovers(dataDir, { scope: 'elsewhere' })).toBe(0);
      expect(await stillRunning('pids')).toHaveLength(2);
      expect(await killLeftovers(dataDir, { scope: 'here' })).toBe(1);
      expect(await stillRunning('pids')).toEqual([]);
    } finally {
      await kill('SIGKILL');
    }
  });

  it('leaves no note of a run that ended', async () => {
    const dataDir = join(folder, 'data');
    await run('true', { dataDir });
    expect(await readdir(join(dataDir, 'processes'))).toEqual([]);
  });
});

describe('the table of processes', () => {
  it('reads a line of /proc whose command name tries to fool it', () => {
    const after = Array.from({ length: 40 }, (_, index) => String(index)).join(' ');
    expect(parseStat(`42 (evil) S 1 (x)) S 7 8 9 ${after}`)).toEqual({
      pid: 42,
      ppid: 7,
      pgid: 8,
      session: 9,
      startedAt: '15',
      zombie: false,
    });
  });

  it('reads the output of ps', () => {
    expect(
      parsePs(
        '    1     0     1 Ss   Sat Nov 21 07:55:01 2026\n  812   1   812 Z+ Sat Nov 21 08:00:00 2026\nnonsense\n',
      ),
    ).toEqual([
      { pid: 1, ppid: 0, pgid: 1, session: 1, startedAt: 'Sat Nov 21 07:55:01 2026', zombie: false },
      { pid: 812, ppid: 1, pgid: 812, session: 812, startedAt: 'Sat Nov 21 08:00:00 2026', zombie: true },
    ]);
  });

  it('knows this process, and that a pid alone names nobody', () => {
    const self = readEntry(process.pid);
    expect(self?.ppid).toBe(process.ppid);
    expect(isAlive({ pid: process.pid, startedAt: self?.startedAt ?? '' })).toBe(true);
    expect(isAlive({ pid: process.pid, startedAt: 'some other time' })).toBe(false);
  });
});
