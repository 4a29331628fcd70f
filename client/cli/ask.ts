/** Asking the person at the terminal. */
import { createInterface } from 'node:readline/promises';
import { userInfo } from 'node:os';
import { InvalidArgumentError } from 'commander';
import type { Cli } from './cli.ts';

/** True without asking where nobody sits at a terminal, and with `yes`. */
export async function confirm(cli: Cli, question: string, yes: boolean): Promise<boolean> {
  if (yes || !cli.interactive || cli.globals().json === true) return true;
  const lines = createInterface({ input: cli.io.stdin, output: process.stderr });
  try {
    return /^\s*y(es)?\s*$/i.test(await lines.question(`${question} [y/N] `));
  } finally {
    lines.close();
  }
}

/** Who sits here, as a label; it proves nothing. */
export function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry, as in some containers.
    return 'someone';
  }
}

/** An option's value that counts from 1. */
export function positive(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(value);
}

export function someText(value: string): string {
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

export function amount(value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number <= 0)
    throw new InvalidArgumentError('It must be a number above 0.');
  return number;
}

/** `2.1`: task 1 of phase 2; `1`: task 1. */
export function taskNumber(value: string): { readonly phase?: number; readonly task: number } {
  const [, phase, task] = /^(?:([1-9]\d*|0)\.)?([1-9]\d*)$/.exec(value) ?? [];
  if (task === undefined)
    throw new InvalidArgumentError('Write it as PHASE.TASK, for example 2.1, or as TASK.');
  return phase === undefined ? { task: Number(task) } : { phase: Number(phase), task: Number(task) };
}

export function commitSha(value: string): string {
  if (!/^[0-9a-f]{7,64}$/i.test(value))
    throw new InvalidArgumentError('It must be a commit SHA of 7 to 64 hex digits.');
  return value;
}

export const collect = (value: string, all: readonly string[] = []): readonly string[] => [...all, value];
