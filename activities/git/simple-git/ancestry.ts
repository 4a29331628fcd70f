/**
 * Which commit came from which, as far as it was learnt here. A commit never gets other parents, so what is known stays
 * right, whatever becomes of refs or of the mirror; what isn't known, git is asked.
 */
export interface Ancestry {
  /** A commit that was just made. */
  learn(commit: string, parents: readonly string[]): void;
  /** What git said of these two. */
  remember(ancestor: string, descendant: string, answer: boolean): void;
  /** Undefined: not known. */
  isAncestor(ancestor: string, descendant: string): boolean | undefined;
}

const rememberAtMost = 5_000;
/** Commits looked at for one answer. */
const walkAtMost = 500;

export function createAncestry(): Ancestry {
  const parentsOf = new Map<string, readonly string[]>();
  const answers = new Map<string, boolean>();
  const keep = <V>(map: Map<string, V>, key: string, value: V): void => {
    if (map.size >= rememberAtMost) map.clear();
    map.set(key, value);
  };

  function reaches(ancestor: string, descendant: string): boolean {
    const seen = new Set([descendant]);
    for (const commit of seen) {
      if (commit === ancestor || answers.get(`${ancestor} ${commit}`) === true) return true;
      if (seen.size > walkAtMost) return false;
      for (const parent of parentsOf.get(commit) ?? []) seen.add(parent);
    }
    return false;
  }

  return {
    learn: (commit, parents) => keep(parentsOf, commit, parents),
    remember: (ancestor, descendant, answer) => keep(answers, `${ancestor} ${descendant}`, answer),
    isAncestor(ancestor, descendant) {
      if (reaches(ancestor, descendant)) return true;
      // History has no circles: what comes later is no ancestor.
      if (reaches(descendant, ancestor)) return false;
      return answers.get(`${ancestor} ${descendant}`);
    },
  };
}
