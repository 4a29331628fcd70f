/** Where this package and its programs lie, from a checkout (`temporal/`) as well as built (`dist/temporal/`): its Go module and pom are shipped beside. */
import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
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

export type Program =
  | 'client/cli/main'
  | 'workers/main'
  | 'workers/examine-code-host'
  | 'temporal/web-ui/main';

/** Absolute path of one of our programs, of the same make as this file: built ones lie in `dist/`, wherever this file was bundled to. */
export function programPath(program: Program): string {
  const extension = extname(fileURLToPath(import.meta.url));
  const built = extension === '.js' ? ['dist'] : [];
  return join(packageRoot(), ...built, `${program}${extension}`);
}

function nameIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name?: string }).name;
  } catch {
    return undefined;
  }
}
