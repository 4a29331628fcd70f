/** What an agent is told: what came before, what to do, what people said. */
import type { AttemptKey } from './git.ts';
import type { Role, TaskSpec, WorkspaceRef } from './project.ts';

export interface CompletedPhase {
  readonly number: number;
  readonly name: string;
  readonly branch: string;
  readonly pullRequest: number | null;
  readonly tasks: readonly string[];
  /** At most 50 paths. */
  readonly files: readonly string[];
}

const MAX_FILES = 50;

/** Paths that work changed, each once: the first ones stay. */
export const withFiles = (known: readonly string[], more: readonly string[]): readonly string[] =>
  [...new Set([...known, ...more])].slice(0, MAX_FILES);

export interface Feedback {
  readonly from: string;
  readonly text: string;
}

const MAX_FEEDBACK = 6;
const MAX_FEEDBACK_CHARS = 6_000;

/** Kept for the next prompt, newest last, bounded. */
export const withFeedback = (known: readonly Feedback[], { from, text }: Feedback): readonly Feedback[] =>
  [...known, { from, text: text.slice(0, MAX_FEEDBACK_CHARS) }].slice(-MAX_FEEDBACK);

export interface PersonMessage {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

export interface PromptRequest {
  readonly key: AttemptKey;
  readonly workspace: WorkspaceRef;
  readonly role: Role;
  readonly project: { readonly name: string; readonly design: string | null };
  readonly phase: { readonly number: number; readonly name: string } | null;
  readonly completed: readonly CompletedPhase[];
  readonly task: TaskSpec;
  readonly feedback: readonly Feedback[];
  readonly messages: readonly PersonMessage[];
  readonly git: { readonly branch: string; readonly basedOn: string; readonly target: string };
  /** For judges: the candidate judged, exactly `from..to`. */
  readonly candidate: { readonly from: string; readonly to: string } | null;
}

/** A design document is cut there. */
export const maxDesignBytes = 256 * 1024;

export interface PromptRef {
  readonly artifact: string;
  /** sha256 of the text, hex. */
  readonly digest: string;
}
