/**
 * Slugs: the only form in which a name reaches ids, branches and paths. Made once from a name, `a-z0-9-`, at most
 * 48 characters, never empty and never special to git or file systems. A name that cannot be written that way keeps what can
 * be and gets a hash, so that two different names don't meet in one slug.
 */
import { textDigest } from '../text/hash.ts';

export const maxSlugLength = 48;
const hashLength = 8;

/** Special to git (`HEAD`, a ref ending in `.lock`, `@`) or to file systems that people check out on. */
const reserved = /^(head|lock|con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** What is wrong with a slug that a person chose; undefined if nothing is. */
export function slugProblem(slug: string): string | undefined {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(slug)) {
    return `A slug holds only a-z, 0-9 and single hyphens between them, for example '${slugify(slug)}'.`;
  }
  if (slug.length > maxSlugLength)
    return `A slug has at most ${maxSlugLength} characters; this one has ${slug.length}.`;
  if (reserved.test(slug)) return `'${slug}' is special to git or to file systems; choose another slug.`;
  return undefined;
}

/** The same slug for the same name, always; NFC and NFD spellings of a name are the same name. */
export function slugify(name: string): string {
  const normal = name.normalize('NFC').trim();
  const words = asciiFold(normal)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const whole = /^[A-Za-z0-9]+([ _-][A-Za-z0-9]+)*$/.test(normal);
  if (whole && words.length <= maxSlugLength && !reserved.test(words)) return words;

  const hash = textDigest(normal).slice(0, hashLength);
  const kept = words.slice(0, maxSlugLength - hashLength - 1).replace(/-$/, '');
  return `${kept === '' ? 'x' : kept}-${hash}`;
}

/** Lower case without accents: `É` becomes `e`, while what has no ASCII letter stays as it is. */
function asciiFold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}
