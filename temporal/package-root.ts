/** Where this package lies, from a checkout (`temporal/`) as well as built (`dist/temporal/`): its Go module and pom are shipped beside. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above `from` whose package.json is named phasewright. Throws if there is none. */
export function packageRoot(from: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (nameIn(folder) === 'phasewright') return folder;
    if (folder === dirname(folder)) {
      throw new Error(
        `No package.json of phasewright lies above ${from}: the installation is incomplete, install it again.`,
      );
    }
  }
}

function nameIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }).name;
  } catch {
    return undefined;
  }
}
