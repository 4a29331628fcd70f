/**
 * What was delivered to which run of an agent: `<dataDir>/messages/<owner>/<phase>/<task>/<attempt>/<role>-<turn>.json`. No agent is
 * told of the folder, and what is not in here was never said by anybody, whatever lies in an inbox.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PersonMessage } from '../../domain/model/briefing.ts';
import { PortError } from '../support/errors.ts';
import { readRegular } from '../support/hostile-file.ts';
import { placeFile, spoolFolder } from '../support/hostile-folder.ts';
import { removeTree } from '../support/remove-tree.ts';

/** `name`: of its file in the inbox. */
export type Delivered = PersonMessage & { readonly name: string };
export type Ledger = readonly Delivered[];

/** Fifty messages wait at most; this holds many times that. */
const maxLedgerBytes = 16 * 1024 * 1024;
const rootOf = (dataDir: string): string => join(dataDir, 'messages');

/** One that cannot be read is empty: at worst a message is delivered again. */
export async function readLedger(dataDir: string, turn: string): Promise<Ledger> {
  const file = await readRegular(rootOf(dataDir), `${turn}.json`, { maxBytes: maxLedgerBytes });
  if (file.kind !== 'read') return [];
  try {
    const ledger: unknown = JSON.parse(file.bytes.toString('utf8'));
    return Array.isArray(ledger) ? ledger.filter(isDelivered) : [];
  } catch {
    return [];
  }
}

/** A name that could lead out of the inbox is none of ours. */
const isDelivered = (entry: unknown): entry is Delivered =>
  typeof entry === 'object' &&
  entry !== null &&
  ['id', 'from', 'text', 'name'].every(
    (key) => typeof (entry as Readonly<Record<string, unknown>>)[key] === 'string',
  ) &&
  /^\d+-[\w-]*\.md$/.test((entry as Delivered).name);

export async function note(dataDir: string, turn: string, ledger: Ledger): Promise<void> {
  await mkdir(rootOf(dataDir), { recursive: true, mode: 0o700 });
  const placed = await placeFile(rootOf(dataDir), `${turn}.json`, JSON.stringify(ledger), {
    spool: spoolFolder(dataDir),
    instead: true,
  });
  if (placed.kind === 'placed') return;
  const found = 'why' in placed ? placed.why : 'nothing';
  throw new PortError(
    'Unexpected',
    `${join(rootOf(dataDir), `${turn}.json`)} cannot be written: there is ${found} in its place. Remove that; then this goes on by itself.`,
  );
}

export const removeLedgers = (dataDir: string, owner: string): Promise<void> =>
  removeTree(join(rootOf(dataDir), owner));
