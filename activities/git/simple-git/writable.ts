/** Whether a remote takes what we push, as far as that can be known without pushing; hooks and rules of a server speak only then. */
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { readOnlyProblem } from '../../../domain/project-file/preflight.ts';
import { PortError } from '../../support/errors.ts';
import { gitWords, isOutOfReach } from './errors.ts';
import { hiddenRefs, objectId } from './map.ts';
import type { Run } from './command.ts';
import type { Mirror, Mirrors } from './mirror.ts';

/** Why nothing can be pushed there, as a sentence. Throws `GitUnavailable` where nobody answers. */
export async function writeProblem(
  { mirrors, run }: { readonly mirrors: Mirrors; readonly run: Run },
  mirror: Mirror,
  sha: string,
): Promise<string | undefined> {
  const { url, local, label } = mirror.remote;
  if (local) return folderProblem(run, mirror);
  // A trial: refs are negotiated, so that who may not push is told, and nothing is sent.
  const args = ['--dry-run', '--no-verify', '--no-signed', '--end-of-options', url];
  const trial = `${objectId(sha)}:${hiddenRefs('preflight')}/trial`;
  try {
    await mirrors.git(mirror, 'push', [...args, trial], { network: true });
    return undefined;
  } catch (error) {
    if (error instanceof PortError && (error.code === 'GitFailed' || isOutOfReach(error)))
      return readOnlyProblem(label, gitWords(error));
    throw error;
  }
}

async function folderProblem(run: Run, mirror: Mirror): Promise<string | undefined> {
  const { url, label } = mirror.remote;
  const found = await run({
    verb: 'rev-parse',
    args: ['--path-format=absolute', '--git-common-dir'],
    cwd: url.replace(/^file:\/\//, ''),
    gitDir: null,
  });
  const gitDir = found.text.trimEnd();
  for (const part of ['objects', 'refs']) {
    const path = join(gitDir, part);
    const error = await access(path, constants.W_OK).catch((reason: Error) => reason);
    if (error instanceof Error) return readOnlyProblem(label, `${path}: ${error.message}`);
  }
  return undefined;
}
