/**
 * The folder through which an agent and we talk, outside its worktree: the result file it writes, and the inbox where
 * messages from people appear. One per attempt, under `<dataDir>/exchange/<owner>/<phase>/<task>/<attempt>/`.
 */
import { isUtf8 } from 'node:buffer';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { maxAnswerBytes } from '../../domain/agents/result.schema.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import type { PersonMessage } from '../../domain/model/briefing.ts';
import { attemptPath } from '../../domain/names/git-refs.ts';
import type { Role } from '../../domain/model/project.ts';
import { isErrno, replaceFile } from '../support/atomic-file.ts';
import { PortError } from '../support/errors.ts';

export interface Exchange {
  readonly resultFile: string;
  readonly inboxDir: string;
}

const folderOf = (dataDir: string, key: AttemptKey): string => {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(key.owner) || key.owner.includes('..')) {
    throw new PortError('Unexpected', `'${key.owner}' cannot name a folder of the data folder.`);
  }
  return join(dataDir, 'exchange', attemptPath(key));
};

/** The inbox with what was delivered so far, and no result file. */
export async function openExchange(dataDir: string, key: AttemptKey, role: Role): Promise<Exchange> {
  const folder = folderOf(dataDir, key);
  const inboxDir = join(folder, 'inbox');
  await mkdir(join(inboxDir, 'read'), { recursive: true, mode: 0o700 });
  const resultFile = join(folder, `${role}.result.json`);
  // An agent of an earlier try may have made anything of it.
  await rm(resultFile, { recursive: true, force: true });
  return { resultFile, inboxDir };
}

export type ResultFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Never follows a link and never waits: the agent decides what lies there. */
export async function readResultFile(path: string): Promise<ResultFile> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return {
      kind: 'unreadable',
      why: code === 'ELOOP' ? 'a symbolic link' : `a file that cannot be read (${code})`,
    };
  }
  try {
    const { size, isFile } = await file
      .stat()
      .then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
    if (!isFile) return { kind: 'unreadable', why: 'something that is not a file' };
    if (size > maxAnswerBytes)
      return { kind: 'unreadable', why: `a file of ${size} bytes; at most ${maxAnswerBytes} are read` };
    const bytes = await file.readFile();
    return isUtf8(bytes)
      ? { kind: 'text', text: bytes.toString('utf8') }
      : { kind: 'unreadable', why: 'a file that is not UTF-8 text' };
  } finally {
    await file.close();
  }
}

/** Delivered messages: file name → id. Kept beside the inbox, where no agent is told to write. */
type Ledger = Readonly<Record<string, string>>;

async function readLedger(folder: string): Promise<Ledger> {
  const text = await readFile(join(folder, 'messages.json'), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '{}';
    throw error;
  });
  try {
    const ledger: unknown = JSON.parse(text);
    if (typeof ledger !== 'object' || ledger === null) return {};
    return Object.fromEntries(
      Object.entries(ledger).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    // An agent wrote into it: at worst a message is delivered again.
    return {};
  }
}

/** Each message once, as `<n>-<id>.md`; a file appears whole or not at all. */
export async function deliver(
  dataDir: string,
  key: AttemptKey,
  messages: readonly PersonMessage[],
): Promise<void> {
  const folder = folderOf(dataDir, key);
  const inboxDir = join(folder, 'inbox');
  await mkdir(join(inboxDir, 'read'), { recursive: true, mode: 0o700 });
  let ledger = await readLedger(folder);
  for (const message of messages) {
    if (Object.values(ledger).includes(message.id)) continue;
    const safeId = message.id.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80);
    const name = `${Object.keys(ledger).length + 1}-${safeId}.md`;
    const from = message.from.replace(/\s+/g, ' ').slice(0, 200);
    // Written beside and moved in, so that no half or temporary file is ever seen. File first: after a crash in between, the repeat writes the same file again.
    const written = join(folder, 'new', name);
    await replaceFile(written, `From: ${from}\n\n${message.text}\n`);
    await rename(written, join(inboxDir, name));
    ledger = { ...ledger, [name]: message.id };
    await replaceFile(join(folder, 'messages.json'), JSON.stringify(ledger));
  }
}

/** Ids of the delivered messages that the agent has moved to `read/`. */
export async function readMessages(dataDir: string, key: AttemptKey): Promise<readonly string[]> {
  const folder = folderOf(dataDir, key);
  const ledger = await readLedger(folder);
  const names = await readdir(join(folder, 'inbox', 'read')).catch(() => []);
  return names.flatMap((name) => ledger[name] ?? []).slice(0, 500);
}

/** Everything that was exchanged for this owner, gone. */
export async function removeExchange(dataDir: string, owner: string): Promise<void> {
  await rm(join(dataDir, 'exchange', owner), { recursive: true, force: true });
}
