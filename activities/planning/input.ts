/** What can be said about an input before its repository is read, and about the repository of an input that is wrong anyway. */
import { branchNameProblem } from '../../domain/names/branches.ts';
import { type Problem, problemLine } from '../../domain/yaml/problem.ts';
import type { NotifyTarget, ProjectSettings, RepositoryRef } from '../../domain/model/project.ts';
import { parseRepository } from '../../domain/project-file/repository.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import type { Git } from '../git/port.ts';
import { PortError } from '../support/errors.ts';
import type { Complaint } from './complaints.ts';

export function knownEarly(
  draft: { readonly repository: RepositoryRef; readonly settings: ProjectSettings },
  worker: {
    readonly notifyKinds: readonly NotifyTarget['kind'][];
    readonly codeHosts: readonly string[];
    readonly requireApproval?: boolean;
  },
  id: { readonly is: string; readonly must: string },
): readonly Complaint[] {
  const { repository, settings } = draft;
  const complaints: Complaint[] = [];
  if (id.is !== id.must) {
    complaints.push({
      code: 'InvalidProject',
      line: `slug: The workflow id is '${escapeControls(id.is)}', but it must be '${id.must}'. Start it under that id, or set \`slug\`.`,
    });
  }
  const { phases, project } = settings.approval;
  if (worker.requireApproval === true && (phases === 'none' || project === 'none')) {
    complaints.push({
      code: 'InvalidProject',
      line: 'approval: This worker works only with approval (PHASEWRIGHT_REQUIRE_APPROVAL). Write `approval: { phases: required, project: required }`, or leave it out.',
    });
  }
  settings.notify.forEach(({ kind }, index) => {
    if (worker.notifyKinds.includes(kind)) return;
    complaints.push({
      code: 'InvalidProject',
      line: `notify[${index}]: This worker cannot tell people over ${kind}; it has ${worker.notifyKinds.join(', ')}.`,
    });
  });
  if (repository.kind === 'hosted' && worker.codeHosts.length === 0) {
    complaints.push({
      code: 'NoCodeHost',
      line: `repository: '${repository.owner}/${repository.name}' lives on a code host, and this worker has none configured. Use a path or a git URL, or configure a code host on the worker.`,
    });
  }
  return complaints;
}

/** Whoever starts something is there to mend it: what keeps git from the repository, later waited for, is said at once. */
export const refusingAtOnce = <G extends Pick<Git, 'resolveBase'>>(git: G): G => ({
  ...git,
  resolveBase: (repository: RepositoryRef, base: string | null) =>
    git.resolveBase(repository, base).catch((error: unknown) => {
      if (!(error instanceof PortError) || error.code !== 'AccessRefused') throw error;
      throw new PortError('RepositoryNotFound', error.message, { cause: error });
    }),
});

/** A missing repository or base belongs into the same list as the other problems. What only may be wrong is left for the next try. */
export async function withRepository(
  git: Pick<Git, 'resolveBase'>,
  input: unknown,
  problems: readonly Problem[],
): Promise<readonly Complaint[]> {
  const complaints = problems.map(
    (problem): Complaint => ({ code: 'InvalidProject', line: problemLine(problem) }),
  );
  const { repository: written, base } = (
    typeof input === 'object' && input !== null ? input : {}
  ) as Readonly<Record<string, unknown>>;
  const parsed = typeof written === 'string' ? parseRepository(written) : undefined;
  if (parsed === undefined || 'problem' in parsed || parsed.repository.kind === 'hosted') return complaints;
  if (parsed.repository.kind === 'path' && !parsed.repository.path.startsWith('/')) return complaints;
  const usable = base === undefined || (typeof base === 'string' && branchNameProblem(base) === undefined);
  try {
    await git.resolveBase(parsed.repository, usable && typeof base === 'string' ? base : null);
  } catch (error) {
    const code = error instanceof PortError ? error.code : undefined;
    if (
      error instanceof PortError &&
      (code === 'BaseNotFound' || code === 'RepositoryNotFound' || code === 'UnusableRepository')
    ) {
      complaints.push({
        code: 'InvalidProject',
        line: `${code === 'BaseNotFound' ? 'base' : 'repository'}: ${escapeControls(error.message)}`,
      });
    }
  }
  return complaints;
}
