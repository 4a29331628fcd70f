/** What the repository and its code host say to a plan: what stands against it, and what its people should know. */
import { noFolder, submoduleWarning } from '../../domain/project-file/preflight.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import type { CodeHost, Intent } from '../code-host/port.ts';
import type { Git } from '../git/port.ts';
import type { Complaint } from './complaints.ts';

export interface Preflight {
  readonly complaints: readonly Complaint[];
  /** For the plan; absent: there are none. */
  readonly told: { readonly warnings?: readonly string[] };
}

export interface PreflightParts {
  readonly git: Pick<Git, 'examine'>;
  readonly hostFor: (repository: RepositoryRef) => Pick<CodeHost, 'examineBase'>;
}

export async function preflight(
  { git, hostFor }: PreflightParts,
  source: { readonly repository: RepositoryRef; readonly branch: string; readonly sha: string },
  planned: Omit<Intent, 'repository' | 'base'> & {
    readonly paths: readonly string[] | undefined;
    readonly setup: readonly string[];
  },
): Promise<Preflight> {
  const { repository, branch: base, sha } = source;
  const { paths = [], setup, ...intent } = planned;
  const { problems, submodules, missing } = await git.examine(repository, sha, paths);
  const rules = await hostFor(repository).examineBase({ repository, base, ...intent });
  const submodule = submoduleWarning(submodules, setup);
  const warnings = [...(submodule === undefined ? [] : [submodule]), ...rules.warnings];
  return {
    complaints: [
      ...missing.map((path) => ({ code: 'InvalidProject', line: `paths: ${noFolder(path, base)}` }) as const),
      ...problems.map((line) => ({ code: 'UnusableRepository', line: `repository: ${line}` }) as const),
      ...rules.problems.map((line) => ({ code: 'InvalidProject', line: `code host: ${line}` }) as const),
    ],
    told: warnings.length === 0 ? {} : { warnings },
  };
}
