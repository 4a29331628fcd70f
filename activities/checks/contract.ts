/** What workflows ask of setup and checks. Types only; logs stay on the host. */
import type { AttemptKey } from '../../domain/model/git.ts';
import type { CheckEvidence } from '../../domain/model/checks.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';

export interface RunSetupRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly commands: readonly string[];
  readonly timeoutMs: number;
}

/** What runs on a tree. */
export interface ChecksToRun {
  /** Run in the checks' checkout, if a manifest, a lockfile or these commands differ from the last time there. */
  readonly setup: readonly string[];
  readonly commands: readonly string[];
  readonly timeoutMs: number;
}

export interface RunChecksRequest extends ChecksToRun {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly branch: string;
  /** Checked out clean before the first command; the tracked tree must still equal it after the last. */
  readonly sha: string;
}

export interface ChecksResult {
  readonly passed: boolean;
  readonly timedOut: boolean;
  readonly elapsedMs: number;
  readonly checks: readonly CheckEvidence[];
  /** Why it failed, with the last 4 KiB of output; empty when it passed. */
  readonly report: string;
  /** The whole log (capped). */
  readonly artifact: string | null;
}

/** `tree`: of the commit that was asked for; one that passed needs no other test. */
export type RunChecksResult = ChecksResult & { readonly tree: string };

export interface ChecksActivities {
  runSetup(request: RunSetupRequest): Promise<ChecksResult>;
  runChecks(request: RunChecksRequest): Promise<RunChecksResult>;
}
