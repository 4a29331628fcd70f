/** Names of branches: how ours are made, which ones a person may choose, and when two cannot live in one repository. */

/** `prefix`: what a file says instead (`branch_prefix`). */
export const integrationBranch = (slug: string, prefix = 'project'): string =>
  `${prefix}/${slug}/integration`;
export const phaseBranch = (slug: string, phase: number, phaseSlug: string, prefix = 'project'): string =>
  `${prefix}/${slug}/phase/${phase}/${phaseSlug}`;
export const standaloneBranch = (slug: string, prefix = 'task'): string => `${prefix}/${slug}`;

const longestPrefix = 60;

/** Why our branches cannot begin with this, as a sentence; undefined if they can. */
export const branchPrefixProblem = (prefix: string): string | undefined =>
  utf8Length(prefix) > longestPrefix
    ? `A branch prefix has at most ${longestPrefix} bytes; this one has ${utf8Length(prefix)}.`
    : branchNameProblem(prefix);

const maxBytes = 200;

/** Each rule with what it says; the first that matches is the answer. Stricter than `git check-ref-format --branch`. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'it is empty'],
  [/^-/, "it starts with '-', which commands read as an option"],
  [/^@$|@\{/, "'@' alone and '@{' mean something else to git"],
  [/^(HEAD|FETCH_HEAD|ORIG_HEAD|MERGE_HEAD|CHERRY_PICK_HEAD)$/i, 'git keeps that name for itself'],
  [/^(refs|heads|tags|remotes)(\/|$)/i, 'it starts like the full name of a ref; write the branch alone'],
  [/^([0-9a-f]{40}|[0-9a-f]{64})$/i, 'it looks like a commit'],
  [/[\p{C}\s]/u, 'it holds a space, a control character or an invisible character'],
  [/[~^:?*[\\]/, "it holds one of ~ ^ : ? * [ \\, which git doesn't allow"],
  [/\.\./, "it holds '..'"],
  [/^\/|\/$|\/\//, "it has an empty part: a '/' at the start, at the end, or twice in a row"],
  [/(^|\/)\./, "a part of it starts with '.'"],
  [/\.$|\.(\/)/, "a part of it ends with '.'"],
  [/\.lock(\/|$)/i, "a part of it ends with '.lock'"],
];

/** Why a person cannot use this branch name, as a sentence; undefined if they can. */
export function branchNameProblem(name: string): string | undefined {
  const broken = rules.find(([pattern]) => pattern.test(name));
  if (broken !== undefined) return `'${name}' cannot be a branch name: ${broken[1]}.`;
  const bytes = utf8Length(name);
  if (bytes > maxBytes) return `A branch name has at most ${maxBytes} bytes; this one has ${bytes}.`;
  return undefined;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

export interface BranchConflict {
  readonly kind: 'sibling' | 'remote';
  readonly other: string;
}

export interface BranchConflictQuestion {
  readonly wanted: string;
  /** The project's other branches, made or still to be made. */
  readonly siblings: readonly string[];
  /** Branch names on the remote. */
  readonly remote: readonly string[];
  /** True when this phase recorded the branch as its own: then finding exactly it on the remote is no conflict. */
  readonly own: boolean;
  /** True where the file system ignores case (and Unicode form), as git's loose refs then do. */
  readonly foldCase: boolean;
}

/** The first branch that `wanted` cannot live beside: equal, or one the parent folder of the other. Siblings are named first. */
export function findBranchConflict(question: BranchConflictQuestion): BranchConflict | undefined {
  const { wanted, siblings, remote, own, foldCase } = question;
  const fold = (name: string): string => (foldCase ? name.normalize('NFC').toLowerCase() : name);
  const folded = fold(wanted);
  const collides = (name: string): boolean => {
    const other = fold(name);
    return other === folded || other.startsWith(`${folded}/`) || folded.startsWith(`${other}/`);
  };

  const sibling = siblings.find(collides);
  if (sibling !== undefined) return { kind: 'sibling', other: sibling };
  const other = remote.find((name) => collides(name) && !(own && name === wanted));
  return other === undefined ? undefined : { kind: 'remote', other };
}

/** `slug`: of the project or standalone task that wants the branch. */
export function branchConflictMessage(wanted: string, conflict: BranchConflict, slug: string): string {
  const { kind, other } = conflict;
  if (kind === 'sibling') {
    return (
      `Branch conflict: cannot create '${wanted}' because '${other}' exists as a sibling branch in the same project. ` +
      'To fix: update the branch name of the conflicting phase in the project file, or rename the conflicting remote branch before continuing.'
    );
  }
  const clash =
    other === wanted ? 'is already on the remote' : "is on the remote, and git can't hold both names";
  return (
    `Branch conflict: cannot create '${wanted}' because '${other}' ${clash}. It may be left from an earlier run of this ` +
    `project, or belong to someone else. To look: git log -3 ${shellWord(other)} after git fetch, or ` +
    `git ls-remote --heads origin ${shellWord(`refs/heads/${other}`)}. To fix: rename or delete that remote branch if nobody needs it, or ` +
    `${otherName(wanted, other, slug)}.`
  );
}

/** Which key of the file leads to a name that can be made beside the other branch. */
function otherName(wanted: string, other: string, slug: string): string {
  const parts = wanted.split('/');
  const isPhase = parts.at(-4) === slug && parts.at(-3) === 'phase';
  const isIntegration = parts.at(-2) === slug && parts.at(-1) === 'integration';
  const isTask = parts.at(-1) === slug && !isPhase;
  const slugAt = isPhase
    ? parts.length - 4
    : isIntegration
      ? parts.length - 2
      : isTask
        ? parts.length - 1
        : -1;
  // Whatever slug and phase are called, they come below it.
  if (slugAt >= other.split('/').length && wanted.length > other.length)
    return 'start it anew with another `branch_prefix:`, which all branches of ours begin with';
  if (isIntegration || isTask) return 'start it anew under another `slug:`';
  return isPhase
    ? 'give the phase another name with `branch:` (or the project another `slug:`) in the project file'
    : 'give the phase another name with `branch:` in the project file';
}

/** Our own branch no longer holds what was recorded for it, and nothing is forced over whatever it is now. */
export function lostBranchMessage({
  branch,
  headSha,
  tip,
}: {
  readonly branch: string;
  readonly headSha: string;
  /** Null: it is gone. */
  readonly tip: string | null;
}): string {
  const target = shellWord(`refs/heads/${branch}`);
  if (tip === null)
    return (
      `The branch '${branch}' is gone from the remote, and this host does not have the commit ${headSha} that it was recorded at. ` +
      `Push it from a copy that has it (git push origin ${headSha}:${target}), then retry.`
    );
  return (
    `The branch '${branch}' is at ${tip} on the remote, which does not hold ${headSha}, recorded for it. Nothing was forced over it. ` +
    `If nobody needs what is there, put it back (git push --force-with-lease=${target}:${tip} origin ${headSha}:${target}), then retry.`
  );
}

/** Somebody deleted or renamed base, and nobody says what stands for it. */
export const lostBaseMessage = (base: string): string =>
  `The base branch '${base}' is no longer on the remote. Push it again, then retry; or say with the retry what it is called now (phasewright retry SLUG --base NAME).`;

const shellWord = (text: string): string =>
  /^[\w./@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
