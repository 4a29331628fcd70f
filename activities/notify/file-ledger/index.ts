/** Which notices were sent, as empty files in the data folder; forgotten after 90 days, like closed workflows. */
import { createHash } from 'node:crypto';
import { access, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile, isErrno } from '../../support/atomic-file.ts';
import type { NoticeLedger } from '../port.ts';

const keptMs = 90 * 24 * 3_600_000;
const sweepEveryMs = 24 * 3_600_000;

export interface FileLedgerOptions {
  readonly dataDir: string;
  readonly clock?: () => Date;
}

export function createFileLedger({ dataDir, clock = () => new Date() }: FileLedgerOptions): NoticeLedger {
  const folder = join(dataDir, 'notices');
  const pathOf = (key: string) => join(folder, createHash('sha256').update(key).digest('hex'));
  let swept = 0;

  return {
    async wasSent(key) {
      try {
        await access(pathOf(key));
        return true;
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return false;
        throw error;
      }
    },
    async recordSent(key) {
      await createFile(pathOf(key), '');
      const now = clock().getTime();
      if (now - swept < sweepEveryMs) return;
      swept = now;
      await sweep(folder, now - keptMs);
    },
  };
}

async function sweep(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      if ((await stat(path)).mtimeMs < before) await rm(path, { force: true });
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error; // another worker sweeps too
    }
  }
}
