/** The command in this process: what it prints, where, and how it ends. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../../client/cli/program.ts';

export interface CliRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliPlace {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function newPlace(): CliPlace {
  const folder = mkdtempSync(join(tmpdir(), 'phasewright-cli-'));
  return { cwd: folder, home: join(folder, 'home') };
}

export async function cli(place: CliPlace, ...args: readonly string[]): Promise<CliRun> {
  const output = { stdout: '', stderr: '' };
  const terminal = (name: keyof typeof output) => ({
    write: (text: string) => {
      output[name] += text;
    },
  });
  const env = { HOME: place.cwd, PATH: process.env['PATH'], PHASEWRIGHT_HOME: place.home, ...place.env };
  const exitCode = await runCli(
    args,
    { stdin: Readable.from([]), stdout: terminal('stdout'), stderr: terminal('stderr'), cwd: place.cwd, env },
    '1.2.3',
  );
  return { exitCode, ...output };
}
