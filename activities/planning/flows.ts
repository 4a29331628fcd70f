/** Which flow a project or task follows: the repository's own from the base commit, else the shipped one. */
import type { Flow } from '../../domain/flow/flow.ts';
import { parseFlow } from '../../domain/flow/parse.schema.ts';
import { problemLine } from '../../domain/yaml/problem.ts';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { maxFileBytes } from '../../domain/yaml/source.schema.ts';
import type { Git } from '../git/port.ts';
import type { Complaint } from './complaints.ts';

export interface ShippedFlows {
  /** Text of flows/default.yaml: a standalone task. */
  readonly default: string;
  /** Text of flows/project.yaml: a phase and its tasks. */
  readonly project: string;
}

const folder = '.phasewright/flows';
const kinds = { default: 'standalone', project: 'phase' } as const;
const usable = Object.keys(kinds).map((name) => `${folder}/${name}.yaml`);

export async function loadFlow(
  git: Pick<Git, 'listFiles' | 'readFile'>,
  source: { readonly repository: RepositoryRef; readonly sha: string },
  name: keyof typeof kinds,
  shipped: ShippedFlows,
  mustAsk: boolean,
): Promise<{ readonly flow: Flow } | { readonly complaints: readonly Complaint[] }> {
  const { repository, sha } = source;
  const files = (await git.listFiles(repository, sha, folder)).filter((path) => /\.ya?ml$/i.test(path));
  const unused = files
    .filter((path) => !usable.includes(path))
    .map(
      (path): Complaint => ({
        code: 'InvalidFlow',
        line: `${path}: No flow has this name, so it would never be used; the flows are ${usable.join(' and ')}.`,
      }),
    );
  const path = `${folder}/${name}.yaml`;
  const own = files.includes(path) ? await git.readFile(repository, sha, path, maxFileBytes) : null;
  if (own?.truncated === true) {
    return {
      complaints: [
        ...unused,
        { code: 'InvalidFlow', line: `${path}: The file is larger than ${maxFileBytes / 1024} KiB.` },
      ],
    };
  }
  const parsed = parseFlow(
    own?.text ?? shipped[name],
    own === null ? `flows/${name}.yaml` : path,
    kinds[name],
    { mustAsk },
  );
  const problems = 'problems' in parsed ? parsed.problems : [];
  const complaints = [
    ...unused,
    ...problems.map((problem): Complaint => ({ code: 'InvalidFlow', line: problemLine(problem) })),
  ];
  return 'flow' in parsed && complaints.length === 0 ? { flow: parsed.flow } : { complaints };
}
