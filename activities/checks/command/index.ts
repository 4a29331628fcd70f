/**
 * Runs a check with `/bin/sh -c`; the environment holds `PATH HOME USER TMPDIR LANG TERM`, what the network needs, `CI=true` and what
 * the worker's operator names, no more.
 */
import { type Environment, pickVariables, workEnvironment } from '../../support/environment.ts';
import { openLog } from '../../support/output.ts';
import { runProcess } from '../../support/process.ts';
import { createRedactor } from '../../support/redact.ts';
import type { CheckRunner } from '../port.ts';
import { toCheckRun } from './map.ts';

const logCapBytes = 16 * 1024 * 1024;

export function createCommandRunner(from: {
  readonly dataDir: string;
  readonly environment: Environment;
  /** Names of the worker's variables that setup and checks get as well. */
  readonly passes?: readonly string[];
}): CheckRunner {
  const redactor = createRedactor(from.environment);
  return {
    async run({ command, worktree, timeoutMs, logFile }, signal) {
      const log = openLog(logFile, 64 * 1024);
      log.write(`$ ${command}\n`);
      log.close();
      const run = await runProcess({
        command: { shell: command },
        cwd: worktree,
        env: workEnvironment(from.environment, {
          ...pickVariables(from.environment, from.passes ?? []),
          CI: 'true',
        }),
        timeoutMs,
        signal,
        logPath: logFile,
        logCapBytes,
        dataDir: from.dataDir,
        scope: worktree,
        redactor,
      });
      return toCheckRun(run, timeoutMs);
    },
  };
}
