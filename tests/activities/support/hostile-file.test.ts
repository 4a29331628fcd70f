/** What somebody may leave where we look: every answer comes at once, costs little, and stays inside its folder. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openRegular, readRegular } from '../../../activities/support/hostile-file.ts';
import { clearSpool, listFolder, makeFolder, placeFile } from '../../../activities/support/hostile-folder.ts';
import { within } from '../../../activities/support/hostile-path.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const place = () => {
  const outside = temporaryFolder();
  const root = join(outside, 'root');
  mkdirSync(join(root, 'folder'), { recursive: true });
  writeFileSync(join(outside, 'secret'), 'not theirs');
  return { root, outside, at: (name: string) => join(root, name) };
};
const bounds = { maxBytes: 1_000 };
const refusal = (why: string) => ({ kind: 'refused', why });

describe('a file that an agent may have made', () => {
  it('is read whole, with its permissions, from folders that are none but folders', async () => {
    const { root, at } = place();
    writeFileSync(at('folder/run'), 'bytes \xff', 'latin1');
    chmodSync(at('folder/run'), 0o755);
    expect(await readRegular(root, 'folder/run', bounds)).toEqual({
      kind: 'read',
      bytes: Buffer.from('bytes \xff', 'latin1'),
      mode: 0o755,
    });
  });

  it('has a name of bytes', async () => {
    const { root } = place();
    const name = Buffer.from('folder/caf\xe9', 'latin1');
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), 'bytes');
    expect(await readRegular(root, name, bounds)).toMatchObject({ kind: 'read' });
  });

  it('is absent when nothing lies there, or a folder of its path is a file', async () => {
    const { root, at } = place();
    writeFileSync(at('file'), '');
    expect(await readRegular(root, 'folder/none', bounds)).toEqual({ kind: 'absent' });
    expect(await readRegular(root, 'file/none', bounds)).toEqual({ kind: 'absent' });
    expect(await readRegular(at('gone'), 'none', bounds)).toEqual({ kind: 'absent' });
  });

  it('is refused as a link, and below a link, wherever those lead', async () => {
    const { root, outside, at } = place();
    symlinkSync(join(outside, 'secret'), at('file'));
    symlinkSync(outside, at('way'));
    symlinkSync('folder', at('inner'));
    symlinkSync(root, join(outside, 'other'));
    writeFileSync(at('folder/file'), '');
    const through = refusal('a path that leads through a symbolic link');
    expect(await readRegular(root, 'file', bounds)).toEqual(refusal('a symbolic link'));
    expect(await readRegular(root, 'way/secret', bounds)).toEqual(through);
    expect(await readRegular(root, 'inner/file', bounds)).toEqual(through);
    expect(await readRegular(join(outside, 'other'), 'folder/file', bounds)).toEqual(through);
  });

  it('is refused when its path leads out', async () => {
    const { root } = place();
    for (const path of ['../secret', 'folder/../../secret', '/etc/passwd', 'folder//x', './x', 'a\0b'])
      expect(await readRegular(root, path, bounds)).toEqual(refusal('a path that leads out of its folder'));
  });

  it('is refused at once when it is a FIFO, a socket, a device or a folder', async () => {
    const { root, at } = place();
    execFileSync('mkfifo', [at('pipe')]);
    const server = createServer().listen(at('socket'));
    await once(server, 'listening');
    const not = refusal('something that is not a file');
    expect(await readRegular(root, 'pipe', bounds)).toEqual(not);
    expect(await readRegular(root, 'socket', bounds)).toEqual(not);
    expect(await readRegular(root, 'folder', bounds)).toEqual(not);
    expect(await readRegular('/dev', 'null', bounds)).toEqual(not);
    expect(await readRegular(root, 'pipe/file', bounds)).toEqual({ kind: 'absent' });
    server.close();
  });

  it('is refused by the size it claims, though it is sparse', async () => {
    const { root, at } = place();
    writeFileSync(at('huge'), '');
    truncateSync(at('huge'), 1_900_000_000);
    const why = 'a file of 1900000000 bytes; at most 1000 are read';
    expect(await readRegular(root, 'huge', bounds)).toEqual(refusal(why));
    expect(await openRegular(root, 'huge', bounds)).toEqual(refusal(why));
  });

  it('is refused when nobody may read it', async () => {
    const { root, at } = place();
    writeFileSync(at('closed'), '', { mode: 0 });
    // Root may read anything.
    if (process.getuid?.() === 0) return;
    expect(await readRegular(root, 'closed', bounds)).toEqual(refusal('a file that cannot be read (EACCES)'));
  });

  it('is not waited for longer than was asked, and given back when it comes late', async () => {
    let answer: (handle: string) => void = () => undefined;
    const answered = new Promise<string>((resolve) => (answer = resolve));
    const late = new Promise<string>((resolve) => {
      void within(1, () => answered, resolve).then((looked) => {
        expect(looked).toEqual(refusal('a file that did not answer within 1 ms'));
        answer('handle');
      });
    });
    expect(await late).toBe('handle');
  });

  it('stays the one that was opened, whatever takes its name', async () => {
    const { root, outside, at } = place();
    writeFileSync(at('folder/file'), 'first');
    const opened = await openRegular(root, 'folder/file', bounds);
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    execFileSync('rm', ['-r', at('folder')]);
    symlinkSync(outside, at('folder'));
    expect((await opened.handle.readFile()).toString()).toBe('first');
    await opened.handle.close();
  });
});

describe('a folder that an agent may have filled', () => {
  it('is listed up to a bound, and not at all through a link', async () => {
    const { root, outside, at } = place();
    for (let number = 0; number < 20; number += 1) writeFileSync(at(`folder/${number}`), '');
    const all = await listFolder(root, 'folder', { maxEntries: 20 });
    expect(all).toMatchObject({ kind: 'listed', complete: true });
    const some = await listFolder(root, 'folder', { maxEntries: 5 });
    expect(some).toMatchObject({ kind: 'listed', complete: false });
    expect(some.kind === 'listed' && some.entries.length).toBe(5);
    symlinkSync(outside, at('way'));
    expect(await listFolder(root, 'way', { maxEntries: 5 })).toMatchObject({ kind: 'refused' });
    execFileSync('mkfifo', [at('pipe')]);
    expect(await listFolder(root, 'pipe', { maxEntries: 5 })).toEqual({ kind: 'absent' });
    expect(await listFolder(root, '', { maxEntries: 5 })).toMatchObject({ kind: 'listed', complete: true });
  });
});

describe('a file that we put where an agent may write', () => {
  const spoolOf = (outside: string) => ({ spool: join(outside, 'spool') });

  it('takes the place of a link, a FIFO or a second name, and leaves what they lead to', async () => {
    const { root, outside, at } = place();
    symlinkSync(join(outside, 'secret'), at('link'));
    linkSync(join(outside, 'secret'), at('second'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const name of ['link', 'second', 'pipe', 'new/folders/file']) {
      expect(await placeFile(root, name, 'ours', spoolOf(outside))).toEqual({ kind: 'placed' });
      expect(readFileSync(at(name), 'utf8')).toBe('ours');
      expect(statSync(at(name)).mode & 0o777).toBe(0o600);
    }
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('not theirs');
    expect(readdirSync(join(outside, 'spool'))).toEqual([]);
  });

  it('leaves nothing where it was begun by a writer that was killed', async () => {
    const { outside } = place();
    const spool = join(outside, 'spool');
    mkdirSync(spool);
    for (const name of ['.tmp-old', '.tmp-new']) writeFileSync(join(spool, name), '');
    utimesSync(join(spool, '.tmp-old'), 0, 0);
    symlinkSync(join(outside, 'secret'), join(spool, 'link'));
    await clearSpool(outside);
    expect(readdirSync(spool).sort()).toEqual(['.tmp-new', 'link']);
    await clearSpool(outside, Date.now() + 7_200_000);
    expect(readdirSync(spool)).toEqual([]);
    expect(existsSync(join(outside, 'secret'))).toBe(true);
    await clearSpool(join(outside, 'none'));
  });

  it('goes nowhere through a link, nor over a folder', async () => {
    const { root, outside, at } = place();
    symlinkSync(outside, at('way'));
    expect(await placeFile(root, 'way/planted', 'ours', spoolOf(outside))).toMatchObject({ kind: 'refused' });
    expect(await placeFile(root, 'way/folders/planted', 'x', spoolOf(outside))).toMatchObject({
      kind: 'refused',
    });
    expect(await placeFile(root, 'folder', 'ours', spoolOf(outside))).toEqual(refusal('a folder'));
    expect(existsSync(join(outside, 'planted'))).toBe(false);
    expect(existsSync(join(outside, 'folders'))).toBe(false);
    expect(readdirSync(join(outside, 'spool'))).toEqual([]);
  });
});

describe('a folder of ours where an agent may write', () => {
  it('is empty and open to us, whatever lay in its place or above it', async () => {
    const { root, outside, at } = place();
    symlinkSync(outside, at('way'));
    mkdirSync(at('closed/full'), { recursive: true });
    writeFileSync(at('closed/full/file'), '');
    chmodSync(at('closed'), 0);
    for (const path of ['way', 'closed/full', 'way/new/one']) {
      expect(await makeFolder(root, path)).toEqual({ kind: 'made' });
      expect(readdirSync(at(path))).toEqual([]);
    }
    expect(readdirSync(outside).sort()).toEqual(['root', 'secret']);
    expect(await makeFolder(root, '..')).toEqual(refusal('a path that leads out of its folder'));
  });
});
