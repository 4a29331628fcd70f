/** Rules of branches: of base, into which the last pull request goes, and of the branches that tasks are pushed to. */
import { type Diagnostic, problem } from '../../../../domain/model/diagnostic.ts';
import { type Inspector, type Named, section } from './inspector.ts';
import { judgeBase, judgeWork, type Wanted } from './judge-rules.ts';
import { type Reader, sourcesOf, sourcesOfBase } from './rule-sources.ts';

/** A name as projects have it; nobody makes this one. */
const example = 'project/doctor/integration';

export async function diagnoseRules(
  inspector: Inspector,
  repository: Named,
  wanted: Wanted & { readonly bot: boolean },
): Promise<readonly Diagnostic[]> {
  const work = "Rules of 'project/**'";
  return [
    ...(await section(`Rules of '${wanted.base}'`, () => rulesOfBase(inspector, repository, wanted))),
    ...(await section(work, async () =>
      judgeWork(await sourcesOf(inspector, repository, example), {
        what: work,
        patterns: ['project/**/*', 'task/*'],
      }),
    )),
  ];
}

export async function rulesOfBase(
  reader: Reader,
  repository: Named,
  wanted: Wanted & { readonly bot: boolean },
): Promise<readonly Diagnostic[]> {
  const { base, bot } = wanted;
  const found = await sourcesOfBase(reader, repository, { branch: base, bot });
  if (found !== undefined) return judgeBase(found, wanted);
  return [
    problem(
      `Rules of '${base}'`,
      `The branch '${base}' does not exist, or may not be read. Push it, name another one (--base), or give the right to read contents.`,
    ),
  ];
}
