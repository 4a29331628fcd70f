/** Asked when a project starts: what `doctor` knows of merging and rules, said of the very branches that the project will have. */

import { objectionsOf } from '../../diagnosis.ts';
import type { CodeHost, Intent } from '../../port.ts';
import { hostedOn } from '../../repositories.ts';
import type { Inspector } from './inspector.ts';
import { diagnoseRepository, judgeMerging } from './repository.ts';
import { diagnoseBase, diagnoseWork, rulesOf } from './rules.ts';

export function createExamination(
  inspector: Inspector,
  login: () => Promise<string>,
): Pick<CodeHost, 'examineBase'> {
  return {
    async examineBase({ repository, base, method, mergesPhases, branches }: Intent) {
      const named = hostedOn('Gitea', repository);
      const squash = method === 'squash';
      const acting = { login: await login() };
      const { findings, seen } = await diagnoseRepository(inspector, named, acting);
      if (seen === undefined) return objectionsOf(findings);
      const rules = await rulesOf(inspector, named);
      return objectionsOf([
        ...findings,
        ...judgeMerging(seen, { squash, mergesPhases }),
        ...(await diagnoseBase(inspector, named, rules, { base, squash, ...acting })),
        ...diagnoseWork(rules, branches, { what: "Rules of the project's branches", ...acting }),
      ]);
    },
  };
}
