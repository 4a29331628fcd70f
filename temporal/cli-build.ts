/** Builds `temporal` from the Go module pinned in temporal/cli. */
import { join } from 'node:path';
import { buildWithGo, requireGo } from './go-build.ts';
import type { Log } from './progress.ts';

export interface BuildRequest {
  /** The folder with go.mod and go.sum. */
  readonly moduleFolder: string;
  /** A folder of our own; the program appears in it. */
  readonly folder: string;
  readonly log: Log;
}

/** Returns the program's path. Throws with what Go said. */
export async function buildCli({ moduleFolder, folder, log }: BuildRequest): Promise<string> {
  await requireGo('Go 1.26, or any since 1.21 that may fetch it');
  log('Building the temporal command from its Go module. This happens once and takes about 3 to 4 minutes.');
  const output = join(folder, 'temporal');
  const mainPackage = 'github.com/temporalio/cli/cmd/temporal';
  await buildWithGo({ moduleFolder, mainPackage, output, name: 'temporal', log });
  return output;
}
