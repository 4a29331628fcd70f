/** The hidden refs and the artifact folders of a workspace. Stable over versions: changing one loses what is kept there. */
import type { AttemptKey } from '../model/git.ts';

/** `<owner>/<phase>/<task>/<attempt>`: the folder of an attempt's artifacts and the tail of its hidden refs. */
export const attemptPath = (key: AttemptKey): string =>
  `${key.owner}/${key.phase}/${key.task}/${key.attempt}`;

const hiddenRoot = 'refs/phasewright';

/** A ref of ours that no clone sees: `refs/phasewright/<owner>/<part>/…`. Throws on a part that git or a path could misread. */
export function hiddenRef(owner: string, ...parts: readonly (string | number)[]): string {
  for (const part of [owner, ...parts]) {
    const text = String(part);
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(text) || text.includes('..') || /(\.|\.lock)$/.test(text)) {
      throw new TypeError(
        `'${text}' cannot be part of a hidden ref: use a-z, 0-9, '-', '_' and single dots.`,
      );
    }
  }
  return [hiddenRoot, owner, ...parts].join('/');
}

/** The fence: every push moves it from its expected value. */
export const epochRef = (owner: string): string => hiddenRef(owner, 'epoch');
