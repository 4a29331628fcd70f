/**
 * Secrets that must turn up nowhere, and the search for them: whole or in part, as they are or in what programs make of them.
 * A piece of 12 characters is enough, so that what was cut, wrapped or quoted is found as well.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Name to value. */
export type Canaries = Readonly<Record<string, string>>;

export interface Search {
  /** `name (form)` of every canary in the text. */
  in(text: string): readonly string[];
}

const piece = 12;

export function searchFor(canaries: Canaries): Search {
  const pieces = new Map<string, string>();
  for (const [name, value] of Object.entries(canaries))
    for (const [form, text] of formsOf(value))
      for (let at = 0; at + piece <= text.length; at += 1) {
        const known = text.slice(at, at + piece);
        if (!pieces.has(known)) pieces.set(known, `${name} (${form})`);
      }
  return {
    in(text) {
      const found = new Set<string>();
      for (let at = 0; at + piece <= text.length; at += 1) {
        const known = pieces.get(text.slice(at, at + piece));
        if (known !== undefined) found.add(known);
      }
      return [...found];
    },
  };
}

/** What is found in the place of a canary when it was written there that way. */
export function formsOf(value: string): readonly (readonly [form: string, text: string])[] {
  // Of a key in PEM, the lines between its first and last, which any key has.
  const parts = value.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));
  return parts.flatMap((part) => {
    const bytes = Buffer.from(part);
    const hex = bytes.toString('hex');
    return [
      ['plain', part],
      ['reversed', [...part].reverse().join('')],
      ['in a URL', encodeURIComponent(part)],
      ['hex', hex],
      ['upper-case hex', hex.toUpperCase()],
      // Without the user's name, which is the same for everybody's.
      ['as git sends it', Buffer.from(`x-access-token:${part}`).toString('base64').slice(20)],
      // Three times: it depends on what stands before it.
      ...['', '_', '__'].flatMap((before): readonly (readonly [string, string])[] => {
        const around = Buffer.from(`${before}${part}`);
        // The first and last characters hold bits of the neighbours.
        return [
          ['base64', around.toString('base64').slice(4, -4)],
          ['base64url', around.toString('base64url').slice(4, -4)],
        ];
      }),
    ] as const;
  });
}

/** All text in a value: what payloads and other bytes hold as well. */
export function textsIn(value: unknown): string {
  const texts: string[] = [];
  const seen = new Set<object>();
  const walk = (part: unknown): void => {
    if (typeof part === 'string') texts.push(part);
    else if (part instanceof Uint8Array) texts.push(Buffer.from(part).toString('utf8'));
    else if (typeof part === 'object' && part !== null && !seen.has(part)) {
      seen.add(part);
      for (const [key, inner] of Object.entries(part)) {
        texts.push(key);
        walk(inner);
      }
    }
  };
  walk(value);
  return texts.join('\n');
}

export interface File {
  readonly path: string;
  readonly text: string;
}

/** Every file below; byte for byte, and gone ones left out. */
export function* filesBelow(folder: string): Generator<File> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    try {
      yield { path, text: readFileSync(path, 'latin1') };
    } catch {
      // It went meanwhile.
    }
  }
}

/** Commits, trees and files in a repository's history, which are packed on the disk. */
export const objectsOf = (repository: string): string =>
  execFileSync('git', ['cat-file', '--batch-all-objects', '--batch'], {
    cwd: repository,
    encoding: 'latin1',
    maxBuffer: 512 << 20,
    env: {
      PATH: process.env['PATH'],
      GIT_DIR: repository,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
    },
  });
