/**
 * Paths of a repository are bytes; we carry them as text. A path that is UTF-8 stays as it is. Any other, and one that begins with a
 * double quote, is written as git itself quotes paths: `"caf\351.txt"`. So every path has one text, and every text one path.
 */

const quoted = /^"(?:[^"\\\u0080-\uffff]|\\["\\]|\\[0-7]{3})*"$/;

export function pathFromBytes(bytes: Uint8Array): string {
  const text = asUtf8(bytes);
  if (text !== undefined && !text.startsWith('"')) return text;
  return `"${Array.from(bytes, quotedByte).join('')}"`;
}

export function pathToBytes(path: string): Uint8Array {
  if (!quoted.test(path)) return new TextEncoder().encode(path);
  return Uint8Array.from(path.slice(1, -1).matchAll(/\\(["\\]|[0-7]{3})|[^\\]/gs), ([whole, code]) =>
    code !== undefined && code.length === 3 ? Number.parseInt(code, 8) : (code ?? whole).charCodeAt(0),
  );
}

function asUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function quotedByte(byte: number): string {
  if (byte >= 0x80) return `\\${byte.toString(8)}`;
  const character = String.fromCharCode(byte);
  return character === '"' || character === '\\' ? `\\${character}` : character;
}
