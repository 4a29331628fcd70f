/** What can be known of a repository before anything is made of it: what stands against a project there, each with its way out. */
import { escapeControls } from '../text/escape.ts';

/** How a repository on this machine keeps its objects. */
export interface RepositoryShape {
  readonly shallow: boolean;
  /** Some objects are left with a remote until they are needed. */
  readonly partial: boolean;
  /** `sha1`, `sha256`. */
  readonly objectFormat: string;
}

/** Why no project can run on it, as a sentence; undefined: it can. */
export function shapeProblem(label: string, shape: RepositoryShape): string | undefined {
  const name = escapeControls(label);
  if (shape.objectFormat !== 'sha1')
    return `${name} is a ${shape.objectFormat.toUpperCase().replace('SHA', 'SHA-')} repository, which is not supported. Use one with SHA-1 objects, git's default (git init --object-format=sha1).`;
  if (shape.partial)
    return `${name} is a partial clone, which lacks files that its remote keeps. Make a full clone (git clone without --filter) and name that one, or name the remote's URL as the repository.`;
  if (shape.shallow)
    return `${name} is a shallow clone, which lacks the history that merges need. Run there: git fetch --unshallow`;
  return undefined;
}

/** Git means the whole repository wherever one stands in it; a worker is told its top. */
export const notTheTop = (folder: string, top: string): string =>
  `${escapeControls(folder)} is a folder inside the repository ${escapeControls(top)}. Write that one as the repository.`;

/** Of the submodules of a commit; undefined: there is nothing to say. */
export function submoduleWarning(
  submodules: readonly string[],
  setup: readonly string[],
): string | undefined {
  const [first] = submodules;
  if (first === undefined || setup.some((command) => /submodule/i.test(command))) return undefined;
  const which =
    submodules.length === 1
      ? `the submodule ${escapeControls(first)}`
      : `${submodules.length} submodules (${escapeControls(first)}, …)`;
  return `The repository has ${which}, and no setup command fetches submodules: agents and checks find empty folders there. If they need them, write setup: ['git submodule update --init'].`;
}
