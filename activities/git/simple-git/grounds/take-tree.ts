/** The files of a ground as entries of an index of ours, and as a tree. */
import { lstatSync } from 'node:fs';
import { escapeControls } from '../../../../domain/text/escape.ts';
import { PortError } from '../../../support/errors.ts';
import { gitWords } from '../errors.ts';
import { pathOf } from '../map.ts';
import { type ChangedEntry, checkQuota } from '../../../support/quota.ts';
import { type Changes } from './changes.ts';
import { rawPath } from './marks.ts';
import { asInput, type OpenGround } from './ground.ts';

/** A raw path for people. */
export const shown = (path: string): string => escapeControls(pathOf(path));

/** Why these files can't become a commit, in git's words. */
export class FilesRefused extends Error {
  override readonly name = 'FilesRefused';
}

/** The index takes up what changed. `FilesRefused`. */
export async function addChanges(ground: OpenGround, { modified, removed, others }: Changes): Promise<void> {
  const repository = others.find((path) => path.endsWith('/'));
  if (repository !== undefined)
    throw new FilesRefused(
      `'${shown(repository)}' is a git repository of its own, and what it holds would not be part of the commit. Remove its .git folder, or the whole of it.`,
    );
  if (removed.length > 0)
    await ground.git('update-index', ['-z', '--force-remove', '--stdin'], { stdin: asInput(removed) });
  const added = [...modified, ...others];
  if (added.length === 0) return;
  const tooMuch = checkQuota(sizesOf(ground.path, added), ground.limits);
  if (tooMuch !== null) throw new FilesRefused(tooMuch);
  const { stderr } = await ground
    .git('update-index', ['-z', '--add', '--replace', '--stdin'], { stdin: asInput(added) })
    .catch((error: unknown) => {
      if (!(error instanceof PortError) || isOurs(error)) throw error;
      throw new FilesRefused(`git can't add the files: ${gitWords(error)}`);
    });
  const invalid = /^Ignoring path (.*)$/m.exec(stderr)?.[1];
  if (invalid !== undefined)
    throw new FilesRefused(`git can't add the files: invalid path '${invalid}'. Remove or rename it.`);
}

function* sizesOf(root: string, paths: readonly string[]): Iterable<ChangedEntry> {
  for (const path of paths) {
    const info = lstatSync(rawPath(root, path), { throwIfNoEntry: false });
    yield { path: pathOf(path), size: info?.size ?? 0 };
  }
}

/** Not what lies in the ground, but where objects are kept. */
const isOurs = ({ code, message }: PortError): boolean =>
  code !== 'GitFailed' ||
  /object database|unable to (write|create)|object file|write error|did not end within/i.test(message);
