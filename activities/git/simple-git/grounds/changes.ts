/** What differs from our index in a ground, told without entering a repository, following a link or waiting for a pipe. */
import { isInCone } from '../../../../domain/model/cone.ts';
import { type OpenGround, rawList } from './ground.ts';

export interface Changes {
  /** Files whose content or mode differs, or that are something else now. */
  readonly modified: readonly string[];
  readonly removed: readonly string[];
  /** Not in the index; what is ignored is left out. One that ends in a slash is a folder, or a repository of its own. */
  readonly others: readonly string[];
}

/** `whole`: untracked folders by their name alone. */
export async function findChanges(
  ground: OpenGround,
  { whole = false }: { readonly whole?: boolean } = {},
): Promise<Changes> {
  const args = ['-z', '-t', '--others', '--modified', '--deleted', '--exclude-standard'];
  const { bytes } = await ground.git('ls-files', [...args, ...(whole ? ['--directory'] : [])]);
  const by = (tag: string) =>
    entries.filter((entry) => entry.startsWith(`${tag} `)).map((entry) => entry.slice(2));
  const entries = rawList(bytes);
  // What was not to lie there is not missing, whatever an index says of it.
  const { cone } = ground;
  const removed = by('R');
  const gone = new Set(removed);
  return {
    removed: cone === undefined ? removed : removed.filter((path) => isInCone(cone, path)),
    modified: by('C').filter((path) => !gone.has(path)),
    others: by('?'),
  };
}

/** The tracked files that differ. */
export async function findModified(ground: OpenGround): Promise<readonly string[]> {
  return [...new Set(rawList((await ground.git('ls-files', ['-z', '--modified', '--deleted'])).bytes))];
}
