/** What git has to be told so that of a commit only some folders are checked out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cone } from '../../../domain/model/cone.ts';

/** Git's patterns for it, each byte the character of its number. */
export function patternsOf({ folders, around }: Cone): string {
  const parents = [...around].toSorted().map((each) => (each === '' ? '/' : `/${each}/`));
  return [
    ...parents.flatMap((each) => (each === '/' ? ['/*', '!/*/'] : [each, `!${each}*/`])),
    ...[...folders].toSorted().map((each) => `/${each}/`),
    '',
  ].join('\n');
}

/** As git reads it in a configuration. */
export const sparseSettings = [
  ['core.sparseCheckout', 'true'],
  ['core.sparseCheckoutCone', 'true'],
] as const;

/** Below a git folder of ours. */
export async function writePatterns(gitDir: string, cone: Cone | undefined): Promise<void> {
  if (cone === undefined) return;
  await mkdir(join(gitDir, 'info'), { recursive: true });
  await writeFile(join(gitDir, 'info', 'sparse-checkout'), patternsOf(cone), 'latin1');
}
