/** What the repository itself says to a plan: what stands against it, and what its people should know. */
import { submoduleWarning } from '../../domain/project-file/preflight.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import type { Git } from '../git/port.ts';
import type { Complaint } from './complaints.ts';

export interface Preflight {
  readonly complaints: readonly Complaint[];
  /** For the plan; absent: there are none. */
  readonly told: { readonly warnings?: readonly string[] };
}

export async function preflight(
  git: Pick<Git, 'examine'>,
  source: { readonly repository: RepositoryRef; readonly sha: string },
  setup: readonly string[],
): Promise<Preflight> {
  const { problems, submodules } = await git.examine(source.repository, source.sha);
  const warning = submoduleWarning(submodules, setup);
  return {
    complaints: problems.map((line) => ({ code: 'UnusableRepository', line: `repository: ${line}` })),
    told: warning === undefined ? {} : { warnings: [warning] },
  };
}
