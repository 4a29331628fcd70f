/**
 * Agents as we need them: one way to run any of them. An engine starts the agent in its worktree, hands it the prompt,
 * ends it at its deadline or when cancelled, and reports how it ended; it never decides what the answer means.
 * What must stay true: when `run` returns, no process of the agent is left.
 */
import type { Unavailability, Usage } from '../../domain/model/agent-result.ts';
import type { Blueprint, EngineName } from '../../domain/agents/blueprints.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import type { Role } from '../../domain/model/project.ts';

export interface AgentJob {
  readonly key: AttemptKey;
  readonly role: Role;
  /** How often this role has run for the task, from 1. */
  readonly turn: number;
  readonly task: { readonly number: number; readonly title: string };
  readonly phase: { readonly number: number; readonly name: string } | null;
  readonly blueprint: Blueprint;
  /** Absolute; where the agent works. */
  readonly worktree: string;
  readonly prompt: string;
  readonly timeoutMs: number;
  /** Absolute; absent at the start. The agent writes its answer there. */
  readonly resultFile: string;
  /** The result file's text while it is a complete answer of this role; undefined: it is none. */
  answered(): Promise<string | undefined>;
  /** Absolute; messages for the agent appear here as files, it moves those it has read to `read/`. Null: none reach this role. */
  readonly inboxDir: string | null;
  /** Absolute; what the agent prints is appended, at most `blueprint.limits.logBytes`. */
  readonly logFile: string;
}

export interface EngineRun {
  /**
   * `completed`: the agent ended by itself and all right. `answered`: it was ended, but only after its answer was complete. A
   * cancelled run may end as anything: nobody looks.
   */
  readonly ended: 'completed' | 'answered' | 'failed' | 'timed_out';
  /** How it ended, as the end of a sentence: 'ended with exit code 3'. */
  readonly detail: string;
  /** What it said last, on one line if possible; may be empty. */
  readonly summary: string;
  /** The end of its output. */
  readonly tail: string;
  /** An answer besides the result file, which comes first. Undefined: none. */
  readonly structured?: unknown;
  /** Of one that failed: it could not be had at all. */
  readonly unavailable?: Unavailability;
  readonly usage: Usage | null;
  readonly elapsedMs: number;
}

/** Tells that the agent is alive and what it did last. */
export type Beat = (detail: string) => void;

export interface Engine {
  run(job: AgentJob, signal: AbortSignal, beat: Beat): Promise<EngineRun>;
}

export type Engines = Readonly<Record<EngineName, Engine>>;
