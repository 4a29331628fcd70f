/** Files of ours in whose place a program of the same user put something else: nobody waits, nothing elsewhere is written or read. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withFileLock } from '../../../activities/support/file-lock.ts';
import { openLog } from '../../../activities/support/output.ts';
import { readOwnFile, readOwnFileSync } from '../../../activities/support/own-file.ts';
import { killLeftovers } from '../../../activities/support/process-records.ts';
import { hostId } from '../../../config/host-id.ts';
import { readServerRecord } from '../../../temporal/server-record.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const fifo = (path: string): void => void execFileSync('mkfifo', [path]);
const link = (path: string): void => symlinkSync('/dev/zero', path);
const sparse = (path: string): void => {
  writeFileSync(path, '');
  truncateSync(path, 1_900_000_000);
};
const planted = [
  ['a FIFO', fifo],
  ['a link', link],
  ['two gigabytes of nothing', sparse],
] as const;

describe('a file of ours', () => {
  it('is read as it is, and absent is no error', async () => {
    const path = join(temporaryFolder(), 'file');
    expect([await readOwnFile(path), readOwnFileSync(path)]).toEqual([undefined, undefined]);
    writeFileSync(path, 'Grüße');
    expect([await readOwnFile(path), readOwnFileSync(path)]).toEqual(['Grüße', 'Grüße']);
  });

  it.each(planted)('is not read when %s lies in its place, which is said', async (_what, plant) => {
    const path = join(temporaryFolder(), 'file');
    plant(path);
    const message = expect.stringMatching(
      / is (something that is not a file|a symbolic link|a file of 1900000000 bytes).*: remove it\.$/,
    );
    await expect(readOwnFile(path)).rejects.toMatchObject({ message });
    expect(() => readOwnFileSync(path)).toThrow(expect.objectContaining({ message }));
  });

  it.each(planted)('keeps no worker from starting when %s lies among them', async (_what, plant) => {
    const dataDir = temporaryFolder();
    mkdirSync(join(dataDir, 'processes'));
    plant(join(dataDir, 'processes', '00000000-0000-4000-8000-000000000000.json'));
    plant(join(dataDir, 'server.json'));
    plant(join(dataDir, 'lock.1'));
    expect(await killLeftovers(dataDir)).toBe(0);
    expect(readServerRecord(dataDir)).toBeUndefined();
    expect(await withFileLock(dataDir, () => Promise.resolve('held'))).toBe('held');
    plant(join(dataDir, 'host-id'));
    expect(() => hostId(dataDir)).toThrow('remove it');
  });
});

describe('a log', () => {
  it.each([
    ['a FIFO', fifo],
    ['a link', (path: string) => symlinkSync(join(path, '../../theirs'), path)],
    ['a link to nothing', (path: string) => symlinkSync(join(path, '../../new'), path)],
    ['a folder', (path: string) => execFileSync('mkdir', [path])],
  ])('is written instead of %s in its place', (_what, plant) => {
    const folder = temporaryFolder();
    const path = join(folder, 'logs', 'log');
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'theirs'), 'theirs');
    plant(path);
    const log = openLog(path, 1_000);
    log.write('ours');
    log.close();
    expect(readFileSync(path, 'utf8')).toBe('ours');
    expect(readFileSync(join(folder, 'theirs'), 'utf8')).toBe('theirs');
    expect(readdirSync(folder).sort()).toEqual(['logs', 'theirs']);
  });

  it('goes on where it was', () => {
    const path = join(temporaryFolder(), 'log');
    for (const line of ['one\n', 'two\n']) {
      const log = openLog(path, 1_000);
      log.write(line);
      log.close();
    }
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
  });
});
