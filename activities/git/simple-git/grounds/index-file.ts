/**
 * Git's index, read without a process: which file is recorded with what content.
 * The format: https://git-scm.com/docs/index-format. Whatever is out of the ordinary is left to git.
 */
import { open, readFile } from 'node:fs/promises';
import { isErrno } from '../../../support/atomic-file.ts';
import { isMissing } from '../files.ts';

export interface IndexEntry {
  readonly mode: number;
  readonly object: string;
  /** Of the file. */
  readonly size: number;
  /** When the file was last changed as git saw it, in nanoseconds; 0: git has not seen it with this content. */
  readonly changedNs: bigint;
  /** 0, or the side of a conflict. */
  readonly stage: number;
  /** It is not meant to lie in the ground. */
  readonly isLeftOut: boolean;
}

export const gitlinkMode = 0o160000;

/** By raw path (one character per byte); undefined: git has to read it. */
export async function readIndex(path: string): Promise<ReadonlyMap<string, IndexEntry> | undefined> {
  try {
    return parseIndex(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Whether a file may be left out. An index without such marks is of the second version. */
export async function hasMarks(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return bytesRead === headerBytes && buffer.readUInt32BE(4) !== 2;
  } finally {
    await file.close();
  }
}

const headerBytes = 12;
const fixedBytes = 62;
const checksumBytes = 20;
const skipWorktree = 0x4000;

export function parseIndex(bytes: Buffer): ReadonlyMap<string, IndexEntry> | undefined {
  try {
    return readEntries(bytes);
  } catch (error) {
    // Cut off.
    if (isErrno(error, 'ERR_OUT_OF_RANGE')) return undefined;
    throw error;
  }
}

function readEntries(bytes: Buffer): ReadonlyMap<string, IndexEntry> | undefined {
  const version = bytes.readUInt32BE(4);
  if (bytes.toString('latin1', 0, 4) !== 'DIRC' || (version !== 2 && version !== 3)) return undefined;
  const entries = new Map<string, IndexEntry>();
  let at = headerBytes;
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const flags = bytes.readUInt16BE(at + 60);
    const isExtended = (flags & 0x4000) !== 0;
    const nameAt = at + fixedBytes + (isExtended ? 2 : 0);
    const nameEnd = bytes.indexOf(0, nameAt);
    if (nameEnd < 0) return undefined;
    const stage = (flags >> 12) & 3;
    const name = bytes.toString('latin1', nameAt, nameEnd);
    entries.set(stage === 0 ? name : `${name}\0${stage}`, new Entry(bytes, at, stage, isExtended));
    // Padded with 1 to 8 zeros to a multiple of eight.
    at += (nameEnd - at + 8) & ~7;
  }
  return hasOnlyKnownExtensions(bytes, at) ? entries : undefined;
}

/** Read when it is asked for: of a hundred thousand, a few are. */
class Entry implements IndexEntry {
  readonly #bytes: Buffer;
  readonly #at: number;
  readonly #isExtended: boolean;
  readonly stage: number;

  constructor(bytes: Buffer, at: number, stage: number, isExtended: boolean) {
    this.#bytes = bytes;
    this.#at = at;
    this.#isExtended = isExtended;
    this.stage = stage;
  }
  get isLeftOut(): boolean {
    return this.#isExtended && (this.#bytes.readUInt16BE(this.#at + fixedBytes) & skipWorktree) !== 0;
  }
  get mode(): number {
    return this.#bytes.readUInt32BE(this.#at + 24);
  }
  get object(): string {
    return this.#bytes.toString('hex', this.#at + 40, this.#at + 60);
  }
  get size(): number {
    return this.#bytes.readUInt32BE(this.#at + 36);
  }
  get changedNs(): bigint {
    return (
      BigInt(this.#bytes.readUInt32BE(this.#at)) * 1_000_000_000n +
      BigInt(this.#bytes.readUInt32BE(this.#at + 4))
    );
  }
}

/** One that starts with a capital letter may be ignored; the others (a split or sparse index) hold entries elsewhere. */
function hasOnlyKnownExtensions(bytes: Buffer, from: number): boolean {
  let at = from;
  while (at < bytes.length - checksumBytes) {
    if (!/^[A-Z]/.test(bytes.toString('latin1', at, at + 4))) return false;
    at += 8 + bytes.readUInt32BE(at + 4);
  }
  return at === bytes.length - checksumBytes;
}

/** Paths whose entry differs, sorted; of a file that was moved, both. */
export function differingPaths(
  before: ReadonlyMap<string, IndexEntry>,
  after: ReadonlyMap<string, IndexEntry>,
): readonly string[] {
  const differs = (path: string): boolean => {
    const [one, other] = [before.get(path), after.get(path)];
    return one?.object !== other?.object || one?.mode !== other?.mode;
  };
  const paths = [...before.keys()].filter(differs);
  for (const path of after.keys()) if (!before.has(path)) paths.push(path);
  return paths.sort();
}
