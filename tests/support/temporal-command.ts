/** The official `temporal` command as a person types it: a process with the run's server as its address. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { testAddress, testCli } from './servers.ts';

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);

/** Never throws for an exit code; 30 s at most. */
export async function temporal(...args: readonly string[]): Promise<CommandRun> {
  const options = {
    encoding: 'utf8',
    timeout: 30_000,
    maxBuffer: 16 << 20,
    // No profile of the person who runs the tests.
    env: { PATH: process.env['PATH'], HOME: tmpdir(), TEMPORAL_ADDRESS: testAddress(), NO_COLOR: '1' },
  } as const;
  try {
    return { code: 0, ...(await run(await testCli(), args, options)) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' };
  }
}

/** The same with `--output json`, parsed; fails with what the command said. */
export async function temporalJson<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await temporal(...args, '--output', 'json');
  if (code !== 0) throw new Error(`temporal ${args.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
