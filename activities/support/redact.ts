/** Keeps secrets that a program was given out of what it prints: each value becomes `[NAME]`. */

export interface Redactor {
  text(text: string): string;
  /** For output that comes in pieces: a secret cut in two by a chunk's end is still found. */
  stream(): { push(chunk: Buffer): Buffer; flush(): Buffer };
}

const secretName = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH/i;
/** Shorter values would hit ordinary text. */
const shortest = 8;

/** Of these variables, those whose names say that they hold a secret. */
export function createRedactor(variables: Readonly<Record<string, string | undefined>>): Redactor {
  const secrets = Object.entries(variables)
    .filter(
      (entry): entry is [string, string] => secretName.test(entry[0]) && (entry[1]?.length ?? 0) >= shortest,
    )
    .map(([name, value]) => ({ value, bytes: Buffer.from(value), instead: `[${name}]` }))
    // Longest first: a secret that contains another one goes whole.
    .sort((a, b) => b.value.length - a.value.length);
  const held = Math.max(0, ...secrets.map(({ bytes }) => bytes.length - 1));

  /** The first secret from `from` on, the longest if several start there. */
  function find(
    bytes: Buffer,
    from: number,
  ): { readonly at: number; readonly length: number; readonly instead: string } | undefined {
    let first: ReturnType<typeof find>;
    for (const { bytes: secret, instead } of secrets) {
      const at = bytes.indexOf(secret, from);
      if (at >= 0 && (first === undefined || at < first.at)) first = { at, length: secret.length, instead };
    }
    return first;
  }

  /** What can be said now, and what must wait for more: a secret may have begun in it. */
  function split(bytes: Buffer, last: boolean): { readonly ready: Buffer; readonly kept: Buffer } {
    const decided = last ? bytes.length : Math.max(0, bytes.length - held);
    const parts: Buffer[] = [];
    let from = 0;
    for (let found = find(bytes, 0); found !== undefined && found.at < decided; found = find(bytes, from)) {
      parts.push(bytes.subarray(from, found.at), Buffer.from(found.instead));
      from = found.at + found.length;
    }
    const cut = Math.max(from, decided);
    parts.push(bytes.subarray(from, cut));
    // Copied: the slice would keep the whole chunk in memory.
    return {
      ready: parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts),
      kept: Buffer.from(bytes.subarray(cut)),
    };
  }

  return {
    text: (text) => secrets.reduce((rest, { value, instead }) => rest.replaceAll(value, () => instead), text),
    stream() {
      if (secrets.length === 0) return { push: (chunk) => chunk, flush: () => Buffer.alloc(0) };
      let kept: Buffer = Buffer.alloc(0);
      const take = (bytes: Buffer, last: boolean): Buffer => {
        const next = split(kept.length === 0 ? bytes : Buffer.concat([kept, bytes]), last);
        kept = next.kept;
        return next.ready;
      };
      return { push: (chunk) => take(chunk, false), flush: () => take(Buffer.alloc(0), true) };
    },
  };
}
