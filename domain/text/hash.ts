/**
 * A deterministic hash in plain JavaScript, because workflows may not import `node:crypto`. For telling texts
 * apart (slugs, changed files), not for security: prompts and artifacts use sha256.
 */

const offsets = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35] as const;
const prime = 0x01000193;

/** FNV-1a over UTF-16 code units with another offset per lane, then an avalanche, so that each bit of input reaches all bits. */
function lane(text: string, offset: number): number {
  let hash = offset;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), prime);
    hash = Math.imul(hash ^ (unit >>> 8), prime);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 32 lower-case hex digits (128 bits) that depend on every character of the text. */
export function textDigest(text: string): string {
  return offsets.map((offset) => lane(text, offset).toString(16).padStart(8, '0')).join('');
}
