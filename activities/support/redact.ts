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
    .filter((entry): entry is [string, string] => secretName.test(entry[0]) && (entry[1]?.length ?? 0) >= shortest)
    .map(([name, value]) => ({ value, bytes: Buffer.from(value), instead: `[${name}]` }))
    // Longest first: a secret that contains another one goes whole.
    .sort((a, b) => b.value.length - a.value.length);
  const held = Math.max(0, ...secrets.map(({ bytes }) => bytes.length - 1));

  function replaceBytes(bytes: Buffer): Buffer {
    let result = bytes;
    for (const secret of secrets) {
      if (!result.includes(secret.bytes)) continue;
      const parts: Buffer[] = [];
      let from = 0;
      for (let at = result.indexOf(secret.bytes); at >= 0; at = result.indexOf(secret.bytes, from)) {
        parts.push(result.subarray(from, at), Buffer.from(secret.instead));
        from = at + secret.bytes.length;
      }
      result = Buffer.concat([...parts, result.subarray(from)]);
    }
    return result;
  }

  return {
    text: (text) => secrets.reduce((rest, { value, instead }) => rest.replaceAll(value, () => instead), text),
    stream() {
      if (secrets.length === 0) return { push: (chunk) => chunk, flush: () => Buffer.alloc(0) };
      let kept: Buffer = Buffer.alloc(0);
      return {
        push(chunk) {
          const bytes = replaceBytes(kept.length === 0 ? chunk : Buffer.concat([kept, chunk]));
          const cut = Math.max(0, bytes.length - held);
          // A copy: the slice would keep the whole chunk in memory.
          kept = Buffer.from(bytes.subarray(cut));
          return bytes.subarray(0, cut);
        },
        flush() {
          const rest = kept;
          kept = Buffer.alloc(0);
          return rest;
        },
      };
    },
  };
}
