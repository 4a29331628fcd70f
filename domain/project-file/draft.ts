/** A project or a standalone task as far as its input tells: everything of the plan that git need not answer. */
import type { PhaseSpec, ProjectSettings, RepositoryRef, TaskSpec } from '../model/project.ts';

export type DesignSource =
  /** A file of the repository, relative to its root. */
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'text'; readonly text: string };

export interface ProjectDraft {
  readonly slug: string;
  readonly name: string;
  readonly repository: RepositoryRef;
  /** Null: the remote's default branch. */
  readonly base: string | null;
  /** Folders that it works in, without a slash at their end. Absent: everything. */
  readonly paths?: readonly string[];
  readonly design: DesignSource | null;
  readonly integrationBranch: string;
  readonly phases: readonly PhaseSpec[];
  readonly settings: ProjectSettings;
}

export interface StandaloneTaskDraft {
  readonly slug: string;
  readonly repository: RepositoryRef;
  readonly base: string | null;
  /** Folders that it works in, without a slash at their end. Absent: everything. */
  readonly paths?: readonly string[];
  readonly branch: string;
  readonly task: TaskSpec;
  readonly settings: ProjectSettings;
}

/** One line is a path, several are the design itself. */
export function parseDesign(
  written: string,
): { readonly design: DesignSource } | { readonly problem: string } {
  if (/\n/.test(written)) return { design: { kind: 'text', text: written } };
  const path = written.trim().replace(/^(\.\/)+/, '');
  const problem = repositoryPathProblem(path);
  return problem === undefined ? { design: { kind: 'file', path } } : { problem };
}

function repositoryPathProblem(path: string): string | undefined {
  const sentence =
    'The design is a file of the repository, such as docs/design.md, or a text of several lines';
  if (path === '' || path.startsWith('/') || /^[A-Za-z]:/.test(path))
    return `${sentence}; this path is not inside the repository.`;
  if (path.split('/').some((part) => part === '..' || part === '.git'))
    return `${sentence}; this path leaves the repository's files.`;
  if (/[\p{Cc}\p{Surrogate}\\]/u.test(path) || path.length > 1_000)
    return `${sentence}; this is not a usable path.`;
  return undefined;
}
