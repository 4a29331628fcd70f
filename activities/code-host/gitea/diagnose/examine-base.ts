/** Asked when a project starts: what `doctor` knows of merging and rules, said of the very branches that the project will have. */

import { objectionsOf } from '../../diagnosis.ts';
import type { CodeHost, Intent } from '../../port.ts';
import type { Client } from '../client.ts';
import { diagnoseRepository, judgeMerging } from './repository.ts';
import { diagnoseBase, diagnoseWork, rulesOf } from './rules.ts';

export function createExamination(
  client: Client,
  { identity }: Pick<CodeHost, 'identity'>,
): Pick<CodeHost, 'examineBase'> {
  return {
    async examineBase({ repository, base, method, mergesPhases, branches }: Intent) {
      const squash = method === 'squash';
      const acting = await identity();
      const { findings, seen } = await diagnoseRepository(client, repository, acting);
      if (seen === undefined) return objectionsOf(findings);
      const rules = await rulesOf(client, repository);
      return objectionsOf([
        ...findings,
        ...judgeMerging(seen, { squash, mergesPhases }),
        ...(await diagnoseBase(client, repository, rules, { base, squash, ...acting })),
        ...diagnoseWork(rules, branches, { what: "Rules of the project's branches", ...acting }),
      ]);
    },
  };
}
