/**
 * The folder through which one run of an agent and we talk, outside its worktree: the result file it writes, and the inbox where
 * messages from people appear. One per role and turn, `<dataDir>/exchange/<owner>/<phase>/<task>/<attempt>/<role>-<turn>/`, made
 * anew for each try. Whatever lies there is the agent's word; what was delivered is in the message ledger.
 */
import { isUtf8 } from 'node:buffer';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maxAnswerBytes } from '../../domain/agents/result.schema.ts';
import { attemptPath } from '../../domain/names/git-refs.ts';
import { hearsPeople } from '../../domain/model/role.ts';
import type { PersonMessage } from '../../domain/model/briefing.ts';
import { PortError } from '../support/errors.ts';
import { readRegular } from '../support/hostile-file.ts';
import { makeFolder, placeFile, spoolFolder } from '../support/hostile-folder.ts';
import type { Absent, Refused } from '../support/hostile-path.ts';
import type { Redactor } from '../support/redact.ts';
import { removeTree } from '../support/remove-tree.ts';
import { inTurn } from '../support/turns.ts';
import type { AgentTurn } from './contract.ts';
import { type Delivered, type Ledger, note, readLedger, removeLedgers } from './message-ledger.ts';

export interface Exchange {
  readonly resultFile: string;
  /** Null: this role hears nothing from people. */
  readonly inboxDir: string | null;
}

const rootOf = (dataDir: string): string => join(dataDir, 'exchange');
const resultName = 'result.json';

/** `<owner>/<phase>/<task>/<attempt>/<role>-<turn>`. */
export function turnPath({ key, role, turn }: AgentTurn): string {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(key.owner) || key.owner.includes('..')) {
    throw new PortError('Unexpected', `'${key.owner}' cannot name a folder of the data folder.`);
  }
  return `${attemptPath(key)}/${role}-${turn}`;
}

/** The inbox with what was delivered so far, and no result file. What an earlier try, or another agent, made of the place goes. */
export async function openExchange(dataDir: string, turn: AgentTurn): Promise<Exchange> {
  const folder = turnPath(turn);
  return inTurn(join(rootOf(dataDir), folder), async () => {
    await mkdir(rootOf(dataDir), { recursive: true, mode: 0o700 });
    await made(dataDir, folder);
    const resultFile = join(rootOf(dataDir), folder, resultName);
    if (!hearsPeople(turn.role)) return { resultFile, inboxDir: null };
    await made(dataDir, `${folder}/inbox`);
    await made(dataDir, `${folder}/inbox/read`);
    for (const message of await readLedger(dataDir, folder)) await place(dataDir, folder, message);
    return { resultFile, inboxDir: join(rootOf(dataDir), folder, 'inbox') };
  });
}

async function made(dataDir: string, folder: string): Promise<void> {
  const result = await makeFolder(rootOf(dataDir), folder);
  if (result.kind !== 'made') throw inTheWay(join(rootOf(dataDir), folder), result);
}

const inTheWay = (path: string, found: Absent | Refused): PortError =>
  new PortError(
    'Unexpected',
    `${path} cannot be used: there is ${found.kind === 'refused' ? found.why : 'no folder'} on the way to it. Remove or make that; then this goes on by itself.`,
  );

export type ResultFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Never follows a link and never waits: the agent decides what lies there. Secrets that it found are no part of its answer. */
export async function readResultFile(
  dataDir: string,
  turn: AgentTurn,
  redactor: Pick<Redactor, 'text'>,
): Promise<ResultFile> {
  const path = `${turnPath(turn)}/${resultName}`;
  const file = await readRegular(rootOf(dataDir), path, { maxBytes: maxAnswerBytes });
  if (file.kind === 'absent') return file;
  if (file.kind === 'refused') return { kind: 'unreadable', why: file.why };
  return isUtf8(file.bytes)
    ? { kind: 'text', text: redactor.text(file.bytes.toString('utf8')) }
    : { kind: 'unreadable', why: 'a file that is not UTF-8 text' };
}

/** Each message once, as `<n>-<id>.md`; a file appears whole or not at all. */
export async function deliver(
  dataDir: string,
  turn: AgentTurn,
  messages: readonly PersonMessage[],
): Promise<void> {
  const folder = turnPath(turn);
  await inTurn(join(rootOf(dataDir), folder), async () => {
    await mkdir(rootOf(dataDir), { recursive: true, mode: 0o700 });
    let ledger: Ledger = await readLedger(dataDir, folder);
    for (const message of messages) {
      if (ledger.some(({ id }) => id === message.id)) continue;
      const safeId = message.id.replace(/[^A-Za-z0-9_-]+/g, '-').slice(0, 80);
      const delivered = { ...message, name: `${ledger.length + 1}-${safeId}.md` };
      // File first: after a crash in between, the repeat writes the same file again.
      await place(dataDir, folder, delivered);
      ledger = [...ledger, delivered];
      await note(dataDir, folder, ledger);
    }
  });
}

async function place(dataDir: string, folder: string, { name, from, text }: Delivered): Promise<void> {
  const sender = from.replace(/\s+/g, ' ').slice(0, 200);
  const path = `${folder}/inbox/${name}`;
  const placed = await placeFile(rootOf(dataDir), path, `From: ${sender}\n\n${text}\n`, {
    spool: spoolFolder(dataDir),
    instead: true,
  });
  if (placed.kind !== 'placed') throw inTheWay(join(rootOf(dataDir), path), placed);
}

/** Ids of the messages delivered to this turn that the agent has moved to `read/`; what else lies there says nothing. */
export async function readMessages(dataDir: string, turn: AgentTurn): Promise<readonly string[]> {
  const folder = turnPath(turn);
  const read: string[] = [];
  for (const { name, id } of await readLedger(dataDir, folder)) {
    const file = await readRegular(rootOf(dataDir), `${folder}/inbox/read/${name}`, {
      maxBytes: maxNoteBytes,
    });
    if (file.kind === 'read') read.push(id);
  }
  return read;
}
/** Longer than any message. */
const maxNoteBytes = 1024 * 1024;

/** Everything that was exchanged for this owner, gone. */
export async function removeExchange(dataDir: string, owner: string): Promise<void> {
  await removeTree(join(rootOf(dataDir), owner));
  await removeLedgers(dataDir, owner);
}
