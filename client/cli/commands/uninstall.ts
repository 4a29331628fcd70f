import { existsSync } from 'node:fs';
import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PhasewrightError } from '../../errors.ts';
import { readServerRecord } from '../../../temporal/server-record.ts';
import { exitCodes, UsageError } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { oneLine } from '../text/lines.ts';

interface Item {
  readonly path: string;
  readonly bytes: number;
}

export function addUninstall({ program, run }: Registry): void {
  program
    .command('uninstall')
    .description(
      'remove what we keep in the data folder and the cache; repositories, branches and pull requests on code hosts stay',
    )
    .option('--dry-run', 'only list what would be removed')
    .option('--yes', 'remove it')
    .action(
      run(async (cli, { dryRun = false, yes = false }: { dryRun?: boolean; yes?: boolean }) => {
        if (dryRun === yes)
          throw new UsageError('Say --dry-run (list what would be removed) or --yes (remove it).');
        const { dataDir, cacheDir } = await cli.config();
        const items: Item[] = [];
        items.push(
          ...(await contents(dataDir, (name) => ours.includes(name))),
          ...(await contents(cacheDir, (name) => name.startsWith('temporal-'))),
        );
        if (yes) {
          refuse(dataDir);
          for (const { path } of items) await rm(path, { recursive: true, force: true });
        }
        cli.print({ removed: yes, items }, () => text(items, yes));
        return exitCodes.ok;
      }),
    );
}

/** Never while it is used, and never a folder that isn't ours. */
function refuse(dataDir: string): void {
  const record = readServerRecord(dataDir);
  if (record !== undefined)
    throw new PhasewrightError(
      'NotWaiting',
      `Our Temporal server still runs (process ${record.pid}): end 'phasewright dev' first.`,
    );
  if (!existsSync(join(dataDir, 'host-id')))
    throw new PhasewrightError(
      'InvalidConfig',
      `${dataDir} holds no host-id: it doesn't look like our data folder, so nothing was removed.`,
    );
}

/** A data folder may be any folder of a person's: only what we make in it is ours. agents.yaml is theirs and stays. */
const ours: readonly string[] = [
  'artifacts',
  'code-host',
  'demo',
  'exchange',
  'host-id',
  'messages',
  'mirrors',
  'notices',
  'processes',
  'scratch',
  'server.json',
  'setup',
  'spool',
  'temporal',
  'worktrees',
];

async function contents(folder: string, isOurs: (name: string) => boolean): Promise<readonly Item[]> {
  const names = (await readdir(folder).catch(() => [])).filter(isOurs);
  return Promise.all(
    names.map(async (name) => ({ path: join(folder, name), bytes: await sizeOf(join(folder, name)) })),
  );
}

async function sizeOf(path: string): Promise<number> {
  const stats = await lstat(path);
  if (!stats.isDirectory()) return stats.size;
  let sum = 0;
  for (const name of await readdir(path)) sum += await sizeOf(join(path, name)).catch(() => 0);
  return sum;
}

function text(items: readonly Item[], removed: boolean): string {
  const lines = items.map(
    ({ path, bytes }) => `  ${(bytes / 2 ** 20).toFixed(1).padStart(9)} MiB  ${oneLine(path, 1_000)}`,
  );
  const head =
    items.length === 0 ? 'There is nothing to remove.' : removed ? 'Removed:' : 'Would be removed:';
  const stays =
    'agents.yaml stays. Branches and hidden refs (refs/phasewright/…) in your repositories stay; the package itself goes with npm uninstall.';
  return `${[head, ...lines, stays].join('\n')}\n`;
}
