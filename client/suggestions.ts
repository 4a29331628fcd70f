/** Slugs that were probably meant. Pure. */

/** The most alike first, at most `limit`; none if nothing is close. */
export function similarSlugs(wanted: string, taken: readonly string[], limit = 3): readonly string[] {
  return [...new Set(taken)]
    .map((slug) => ({ slug, score: likeness(wanted, slug) }))
    .filter(({ score }) => score >= 0.34)
    .sort((a, b) => b.score - a.score || (a.slug < b.slug ? -1 : 1))
    .slice(0, limit)
    .map(({ slug }) => slug);
}

/** 0 to 1: shared pairs of letters (Dice), with a part of the other counted as close. */
function likeness(a: string, b: string): number {
  if (a === b) return 1;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (short.length >= 2 && long.includes(short)) return 0.9;
  const left = pairs(a);
  const right = pairs(b);
  const shared = left.filter((pair) => {
    const at = right.indexOf(pair);
    if (at >= 0) right.splice(at, 1);
    return at >= 0;
  }).length;
  const total = pairs(a).length + pairs(b).length;
  return total === 0 ? 0 : (2 * shared) / total;
}

function pairs(text: string): string[] {
  const padded = `^${text}$`;
  return Array.from({ length: padded.length - 1 }, (_, index) => padded.slice(index, index + 2));
}

/** `Did you mean 'a', 'b' or 'c'?` */
export function didYouMeanOneOf(slugs: readonly string[]): string {
  if (slugs.length === 0) return '';
  const quoted = slugs.map((slug) => `'${slug}'`);
  const last = quoted.pop() ?? '';
  return ` Did you mean ${quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`}?`;
}
