import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createFile, replaceFile } from '../../../activities/support/atomic-file.ts';
import { runWithSignal } from '../../../activities/support/current-run.ts';
import { withFileLock } from '../../../activities/support/file-lock.ts';
import { identityOf } from '../../../activities/support/process-records.ts';
import { bootId } from '../../../activities/support/process-table.ts';

const lockUser = fileURLToPath(new URL('./lock-user.ts', import.meta.url));

describe('a lock between processes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'phasewright-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) =>
    spawn(process.execPath, [lockUser, folder, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = (child: ReturnType<typeof run>) =>
    new Promise<number | null>((resolve) => child.once('close', resolve));
  const holds = (child: ReturnType<typeof run>) =>
    new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));

  it('lets one process in at a time: none of 4 × 25 additions is lost', async () => {
    writeFileSync(join(folder, 'count'), '0');
    const codes = await Promise.all(Array.from({ length: 4 }, () => ended(run('add', '25'))));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(join(folder, 'count'), 'utf8')).toBe('100');
    expect(readdirSync(folder).filter((name) => name.startsWith('lock.')).length).toBeLessThan(12);
  });

  it('lets one caller of this process in at a time, and others after an error', async () => {
    let inside = 0;
    const most: number[] = [];
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        withFileLock(folder, async () => {
          inside += 1;
          most.push(inside);
          await Promise.resolve();
          inside -= 1;
          if (n === 2) throw new Error('in the middle');
          return n;
        }),
      ),
    );
    expect(Math.max(...most)).toBe(1);
    expect(results.map(({ status }) => status)).toEqual([
      ...Array(2).fill('fulfilled'),
      'rejected',
      ...Array(5).fill('fulfilled'),
    ]);
  });

  it('lets a cancelled try leave the queue at once, and never runs its body', async () => {
    const ran: string[] = [];
    let release = (): void => undefined;
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    const holding = withFileLock(folder, async () => {
      entered();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      ran.push('first');
    });
    await inside;
    const abort = new AbortController();
    const waiting = runWithSignal(abort.signal, () =>
      withFileLock(folder, async () => void ran.push('cancelled')),
    );
    const next = withFileLock(folder, async () => void ran.push('next'));
    abort.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
    expect(ran).toEqual([]);
    release();
    await Promise.all([holding, next]);
    expect(ran).toEqual(['first', 'next']);
  });

  it('lets a cancelled try leave while another process holds it', async () => {
    const child = run('hold');
    await holds(child);
    const abort = new AbortController();
    const waiting = runWithSignal(abort.signal, () =>
      withFileLock(folder, async () => 'in', { waitMs: 60_000, onWait: () => abort.abort() }),
    );
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    child.kill('SIGKILL');
    await ended(child);
  });

  it('is free when its holder was killed', async () => {
    const child = run('hold');
    await holds(child);
    child.kill('SIGKILL');
    await ended(child);
    expect(await withFileLock(folder, async () => 'in')).toBe('in');
  });

  it('waits for a living holder, and says who it is when it gives up', async () => {
    const child = run('hold');
    await holds(child);
    await expect(withFileLock(folder, async () => 'in', { waitMs: 100 })).rejects.toMatchObject({
      message: expect.stringContaining(`process ${child.pid}`) as unknown,
    });
    child.kill('SIGKILL');
    await ended(child);
  });

  it.each([
    [
      'of a process id that was given to another process',
      { ...identityOf(process.pid), startedAt: '1', boot: bootId() },
    ],
    ['of another boot of this machine', { ...identityOf(process.pid), boot: 'before' }],
  ])('is free when it is %s', async (_what, holder) => {
    writeFileSync(join(folder, 'lock.7'), JSON.stringify(holder));
    expect(await withFileLock(folder, async () => 'in', { waitMs: 100 })).toBe('in');
    expect(existsSync(join(folder, 'lock.8'))).toBe(true);
  });

  it('is free when a power cut left it empty', async () => {
    writeFileSync(join(folder, 'lock.3'), '');
    expect(await withFileLock(folder, async () => 'in', { waitMs: 100 })).toBe('in');
  });
});

describe('files written whole', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'phasewright-atomic-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are made by exactly one of many', async () => {
    const path = join(folder, 'new', 'one');
    const made = await Promise.all(Array.from({ length: 10 }, (_, n) => createFile(path, `${n}`)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(path, 'utf8')).toBe(`${made.indexOf(true)}`);
    expect(readdirSync(join(folder, 'new'))).toEqual(['one']);
  });

  it('replace what was there', async () => {
    const path = join(folder, 'one');
    await replaceFile(path, 'a');
    await replaceFile(path, 'b', { durable: false });
    expect(readFileSync(path, 'utf8')).toBe('b');
    expect(readdirSync(folder)).toEqual(['one']);
  });
});
