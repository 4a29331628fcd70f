/** What can be known of a repository before anything is made of it: what stands against a project there, each with its way out. */
import { escapeControls } from '../text/escape.ts';
import { endSentence } from '../text/sentence.ts';
import { firstOf } from '../text/truncate.ts';

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

/** Git uses what belongs to another user only when it is told to. `user`: who runs git. */
export const notTrusted = (folder: string, user: string): string =>
  `The repository ${escapeControls(folder)} belongs to another user of this machine, and git uses it only if the user who runs it (${user}) trusts it. Run as ${user}: git config --global --add safe.directory '${escapeControls(folder).replaceAll("'", `'\\''`)}'`;

/** Git means the whole repository wherever one stands in it; a worker is told its top. */
export const notTheTop = (folder: string, top: string): string =>
  `${escapeControls(folder)} is a folder inside the repository ${escapeControls(top)}. Write that one as the repository.`;

/** Of a folder that a project is to work in. */
export const noFolder = (path: string, base: string): string =>
  `'${escapeControls(path)}' is no folder of the repository at ${escapeControls(base)}. Correct it, or push a commit that has it; capitals count.`;

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

/** `why`: in the words of whoever refused. */
export const readOnlyProblem = (label: string, why: string): string =>
  `${escapeControls(label)} can be read, but nothing can be pushed to it: ${endSentence(escapeControls(why))} Give the user of the worker the right, or a credential that has it.`;

/** For whoever can't ask the worker yet. */
export const filterWarning = ({
  filter,
  where,
}: {
  readonly filter: string;
  readonly where: string;
}): string =>
  `${escapeControls(where)} names the filter '${escapeControls(filter)}': a worker that does not allow it (--filters) turns the project away.`;

/** Without its filter, what an agent writes there would be committed as it is, e.g. a secret in plain text. */
export function filterProblem({
  filter,
  why,
  paths,
  where,
}: {
  readonly filter: string;
  readonly why: 'not_allowed' | 'not_defined';
  /** That need it; none: no file matches yet. */
  readonly paths: readonly string[];
  /** The line that names it. */
  readonly where: string;
}): string {
  const name = escapeControls(filter);
  const files =
    paths.length === 0
      ? `${escapeControls(where)} names the filter '${name}'`
      : `${firstOf(
          paths.map((path) => escapeControls(path)),
          3,
        ).join(
          ', ',
        )} ${paths.length === 1 ? 'needs' : 'need'} the filter '${name}' (${escapeControls(where)})`;
  return why === 'not_allowed'
    ? `${files}, which this worker does not allow. Start the worker with --filters ${name} (or PHASEWRIGHT_FILTERS) if its user's git runs a program for it that you trust.`
    : `${files}, which this worker allows, but the git configuration of its user does not define it: set filter.${name}.clean and filter.${name}.smudge there (for lfs: git lfs install).`;
}
