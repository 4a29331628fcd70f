/** Keeps secrets that a program was given out of what it prints: each value becomes `[NAME]`. */

export interface Redactor {
  text(text: string): string;
  /** For output that comes in pieces: a secret cut in two by a chunk's end is still found. */
  stream(): { push(chunk: Buffer): Buffer; flush(): Buffer };
}

const secretName = /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH(?!OR)/i;
/** Shorter values would hit ordinary text. */
const shortest = 8;

/** What in a variable must not be said: all of it when its name says so, user and password of every URL in any. */
function secretsIn([name, value = '']: readonly [string, string | undefined]): readonly Secret[] {
  const whole = secretName.test(name) ? [value] : [];
  return [...whole.filter(({ length }) => length >= shortest), ...credentialsIn(value)].map((secret) => ({
    value: secret,
    bytes: Buffer.from(secret),
    instead: `[${name}]`,
  }));
}

interface Secret {
  readonly value: string;
  readonly bytes: Buffer;
  readonly instead: string;
}

/** `user:password` of a proxy or a database as it is written there, as programs read it, and as a proxy is sent it. */
function credentialsIn(value: string): readonly string[] {
  return [...value.matchAll(/([a-z][a-z0-9+.-]*):\/\/([^\s/?#]+)@/gi)].flatMap(
    ([, scheme = '', written = '']) => {
      const read = decoded(written);
      const colon = written.indexOf(':');
      // A name alone is no secret, but for HTTP, where tokens stand in its place.
      const alone = /^https?$/i.test(scheme) ? written : '';
      const password = colon < 0 ? alone : written.slice(colon + 1);
      const long = [password, decoded(password)].filter(({ length }) => length >= shortest);
      // With its colon even a short one is no ordinary word.
      return colon < 0 ? long : [written, read, Buffer.from(read).toString('base64'), ...long];
    },
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of these variables, what their names and forms say is secret. */
export function createRedactor(variables: Readonly<Record<string, string | undefined>>): Redactor {
  const secrets = Object.entries(variables)
    .flatMap(secretsIn)
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

  /** Where a secret may have begun that isn't whole yet. */
  function undecidedFrom(bytes: Buffer): number {
    for (let at = Math.max(0, bytes.length - held); at < bytes.length; at += 1) {
      const rest = bytes.length - at;
      const begun = (secret: Buffer): boolean =>
        secret[0] === bytes[at] &&
        secret.length > rest &&
        secret.compare(bytes, at, bytes.length, 0, rest) === 0;
      if (secrets.some((secret) => begun(secret.bytes))) return at;
    }
    return bytes.length;
  }

  /** What can be said now, and what must wait for more: a secret may have begun in it. */
  function split(bytes: Buffer, last: boolean): { readonly ready: Buffer; readonly kept: Buffer } {
    const decided = last ? bytes.length : undecidedFrom(bytes);
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
