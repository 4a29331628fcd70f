/**
 * Where a program's output goes: a log file up to a cap, and the last bytes in memory. Memory stays constant whatever
 * is printed; nothing is ever buffered for a slow disk, because writes are synchronous and stop at the cap.
 */
import { closeSync, constants, fstatSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isErrno } from './atomic-file.ts';

/** The last `size` bytes of a stream. */
export class TailBuffer {
  readonly #ring: Buffer;
  #total = 0;

  constructor(size: number) {
    this.#ring = Buffer.alloc(size);
  }

  /** Bytes seen in all. */
  get total(): number {
    return this.#total;
  }

  push(chunk: Buffer): void {
    const size = this.#ring.length;
    const kept = chunk.length > size ? chunk.subarray(chunk.length - size) : chunk;
    const start = (this.#total + (chunk.length - kept.length)) % size;
    const first = Math.min(kept.length, size - start);
    kept.copy(this.#ring, start, 0, first);
    kept.copy(this.#ring, 0, first);
    this.#total += chunk.length;
  }

  /** As text: a character cut in half at the start is dropped, invalid bytes become U+FFFD. */
  text(): string {
    const size = this.#ring.length;
    if (this.#total <= size) return this.#ring.toString('utf8', 0, this.#total);
    const start = this.#total % size;
    const bytes = Buffer.concat([this.#ring.subarray(start), this.#ring.subarray(0, start)]);
    let whole = 0;
    while (whole < 3 && ((bytes[whole] ?? 0) & 0xc0) === 0x80) whole += 1;
    return bytes.toString('utf8', whole);
  }
}

export interface LogFile {
  write(chunk: Buffer | string): void;
  /** True when something was left out: the cap was reached, or the disk was full. */
  readonly truncated: boolean;
  close(): void;
}

/** A log is a regular file: never written through a link, and a FIFO that nobody reads would hold us for ever. Whoever opens it closes it. */
export function openForAppending(path: string): number {
  mkdirSync(dirname(path), { recursive: true });
  const append = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  const open = (): number | undefined => {
    const careful = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
    const file = openSync(path, append | careful, 0o600);
    if (fstatSync(file).isFile()) return file;
    closeSync(file);
    return undefined;
  };
  try {
    const file = open();
    if (file !== undefined) return file;
  } catch (error) {
    if (!isErrno(error, 'ELOOP', 'ENXIO', 'EISDIR', 'ENODEV')) throw error;
  }
  // What an earlier program put into its place is no log of ours.
  rmSync(path, { recursive: true, force: true });
  return openSync(path, append | constants.O_EXCL, 0o600);
}

/**
 * Appends to the file (made with its folders, and instead of whatever is there and no file), at most `capBytes`, then one line
 * that says so. Never throws while writing.
 */
export function openLog(path: string, capBytes: number): LogFile {
  const file = openForAppending(path);
  let written = 0;
  let truncated = false;
  let closed = false;

  function put(bytes: Buffer): void {
    if (truncated) return;
    try {
      const room = capBytes - written;
      let offset = 0;
      const end = Math.min(bytes.length, room);
      while (offset < end) offset += writeSync(file, bytes, offset, end - offset);
      written += end;
      if (bytes.length <= room) return;
      truncated = true;
      writeSync(file, `\n[log cut here: it reached its limit of ${capBytes} bytes]\n`);
    } catch {
      // A full disk must not end the work; the result says that the log is incomplete.
      truncated = true;
    }
  }

  return {
    write(chunk) {
      if (!closed) put(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    },
    get truncated() {
      return truncated;
    },
    close() {
      if (closed) return;
      closed = true;
      closeSync(file);
    },
  };
}

const terminalSequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])/g;
const otherControls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A program's output as people read it: no colours, no cursor movements, no control characters but newline and tab. */
export function plainOutput(text: string): string {
  return text.replace(terminalSequences, '').replace(/\r\n?/g, '\n').replace(otherControls, '');
}

/** The last line with something on it, at most 1,000 characters; empty if there is none. */
export function lastLineOf(text: string): string {
  const line = plainOutput(text).trimEnd().split('\n').at(-1) ?? '';
  return line.trim().slice(-1000);
}

/** The end of a text, at most `maxBytes` of UTF-8, from the start of a line where there is one. */
export function endOf(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  let start = bytes.length - maxBytes;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  const end = bytes.toString('utf8', start);
  const newline = end.indexOf('\n');
  return newline >= 0 && newline < end.length / 2 ? end.slice(newline + 1) : end;
}
