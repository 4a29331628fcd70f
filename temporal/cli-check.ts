/** Is this program a `temporal` that can run our server? Asked of whatever is found, downloaded or built. */
import { runProgram } from './program.ts';

export interface CliVersion {
  /** As it prints it, e.g. `temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)`. */
  readonly text: string;
  /** e.g. `1.29.1`. */
  readonly server: string;
}

export type CliCheck =
  | { readonly ok: true; readonly version: CliVersion }
  | { readonly ok: false; readonly reason: string };

const oldestServer = [1, 29] as const;
const neededFlags = ['--sqlite-pragma', '--dynamic-config-value', '--db-filename'] as const;

/** Never throws: what is wrong is the `reason`, the end of a sentence. */
export async function checkCli(path: string): Promise<CliCheck> {
  try {
    const answer = await runProgram(path, ['--version'], { timeoutMs: 20_000 });
    const version = parseVersion(answer.stdout);
    if (version === undefined)
      return { ok: false, reason: `it doesn't print a version of Temporal (exit code ${answer.exitCode})` };
    if (!isRecent(version.server)) {
      return {
        ok: false,
        reason: `it brings server ${version.server}, and we need ${oldestServer.join('.')} or later`,
      };
    }
    const help = await runProgram(path, ['server', 'start-dev', '--help'], { timeoutMs: 20_000 });
    const missing = neededFlags.filter((flag) => !help.stdout.includes(flag));
    if (missing.length > 0)
      return { ok: false, reason: `its 'server start-dev' doesn't know ${missing.join(', ')}` };
    return { ok: true, version };
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

export function parseVersion(output: string): CliVersion | undefined {
  const match = /^temporal version .*\(Server (\d+\.\d+\.\d+)[^)]*\)/m.exec(output);
  if (match?.[1] === undefined) return undefined;
  return { text: match[0], server: match[1] };
}

function isRecent(server: string): boolean {
  const [major = 0, minor = 0] = server.split('.').map(Number);
  return major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1]);
}
