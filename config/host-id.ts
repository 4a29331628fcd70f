/** The name of this host among its project's hosts: made once, kept in the data folder, part of task queue names. */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOwnFileSync } from '../activities/support/own-file.ts';
import { PortError } from '../activities/support/port-error.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const length = 10;

/** Ten of a-z and 0-9. The same for ever, also when several processes ask at once. Throws `InvalidConfig` if the kept one was edited. */
export function hostId(dataDir: string): string {
  const path = join(dataDir, 'host-id');
  const kept = read(path);
  if (kept !== undefined) return checked(kept, path);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `${newId()}\n`, { mode: 0o600 });
  try {
    // A link fails if the file is there: whoever was first wins.
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return checked(read(path) ?? '', path);
}

function newId(): string {
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('');
}

function read(path: string): string | undefined {
  return readOwnFileSync(path)?.trim();
}

function checked(id: string, path: string): string {
  if (/^[a-z0-9]{1,32}$/.test(id)) return id;
  throw new PortError(
    'InvalidConfig',
    `${path} must hold one word of a-z and 0-9, not '${id.slice(0, 40)}'. Running projects know this host by it: put the old one back, or remove the file to become a new host.`,
  );
}
