/** Asked when a project starts: what `doctor` knows of merging and rules, said of the very branches that the project will have. */
import type { Diagnostic } from '../../../../domain/model/diagnostic.ts';
import { objectionsOf } from '../../diagnosis.ts';
import type { CodeHost, Intent } from '../../port.ts';
import type { Client } from '../client.ts';
import type { Credentials } from '../credentials.ts';
import { complete, hosted } from '../map.ts';
import { judgeMerging } from './judge-merging.ts';
import { judgeWork } from './judge-rules.ts';
import type { Reader } from './rule-sources.ts';
import { sourcesOf } from './rule-sources.ts';
import { rulesOfBase } from './rules.ts';

/** Each costs a request; what names them alike is ruled alike. */
const branchesAtMost = 20;

export function createExamination(
  client: Client,
  { identity }: Pick<Credentials, 'identity'>,
  webUrl: string,
): Pick<CodeHost, 'examineBase'> {
  return {
    async examineBase(intent) {
      const { repository, base, method, mergesPhases } = intent;
      const named = hosted(repository);
      const reader: Reader = { webUrl, read: (_, what, work) => client.seek(repository, what, work) };
      const settings = await client.read(repository, 'find the repository', async (octokit, place) => {
        const { data } = await octokit.rest.repos.get({ ...place });
        complete({ name: data.full_name });
        return data;
      });
      const { login, bot } = await identity();
      const squash = method === 'squash';
      const findings = [
        ...judgeMerging(settings, { squash, mergesPhases }),
        ...(await rulesOfBase(reader, named, { base, squash, login, bot })),
        ...(await rulesOfWork(reader, intent)),
      ];
      return objectionsOf(findings);
    },
  };
}

/** Said once for all branches that one ruleset names alike. */
async function rulesOfWork(reader: Reader, { repository, branches }: Intent): Promise<readonly Diagnostic[]> {
  const patterns = [...new Set(branches.map(patternOf))];
  const found = new Map<string, Diagnostic>();
  for (const branch of branches.slice(0, branchesAtMost)) {
    const rules = await sourcesOf(reader, hosted(repository), branch);
    for (const finding of judgeWork(rules, { what: `Rules of '${branch}'`, patterns }))
      if (!found.has(finding.detail)) found.set(finding.detail, finding);
  }
  return [...found.values()];
}

const patternOf = (branch: string): string => {
  const [top, ...below] = branch.split('/');
  return below.length === 0 ? branch : `${top}/**/*`;
};
