/**
 * Running a project's own commands (setup, checks) in its worktree, with a clean environment and a limit.
 * What must stay true: nothing that a command started is left when `run` returns.
 */
export interface CheckJob {
  /** For a shell. */
  readonly command: string;
  /** Absolute. */
  readonly worktree: string;
  readonly timeoutMs: number;
  /** Absolute; output is appended, with a line that names the command. */
  readonly logFile: string;
}

export interface CheckRun {
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly elapsedMs: number;
  /** How it ended, as the end of a sentence: 'ended with exit code 1'. */
  readonly detail: string;
  /** The end of its output. */
  readonly tail: string;
}

export interface CheckRunner {
  run(job: CheckJob, signal: AbortSignal): Promise<CheckRun>;
}
