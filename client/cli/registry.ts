/** What a command's file gets to add itself with. What only its action needs, it imports there: `--help` loads them all. */
import type { Command } from 'commander';
import type { Cli } from './cli.ts';
import type { ExitCode } from './exit.ts';

/** What a command does; its exit code. */
export type Action<Args extends readonly unknown[]> = (cli: Cli, ...args: Args) => Promise<ExitCode>;

export interface Registry {
  readonly program: Command;
  /** Wraps an action so that its exit code becomes the program's. */
  run<Args extends readonly unknown[]>(action: Action<Args>): (...args: [...Args, Command]) => Promise<void>;
}
