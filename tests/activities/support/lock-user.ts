/** A process that uses a lock: `lock-user.ts <folder> add <times>` or `… hold`, which never lets go. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withFileLock } from '../../../activities/support/file-lock.ts';

const [folder = '', what, times = '1'] = process.argv.slice(2);
const counter = join(folder, 'count');
if (what === 'add') {
  for (let n = 0; n < Number(times); n += 1) {
    await withFileLock(folder, async () => {
      const before = Number(readFileSync(counter, 'utf8'));
      await new Promise((resolve) => setTimeout(resolve, 1));
      writeFileSync(counter, String(before + 1));
    });
  }
} else {
  await withFileLock(folder, async () => {
    process.stdout.write('held\n');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  });
}
