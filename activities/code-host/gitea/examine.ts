/** What a repository's settings and rules say to a project, asked when it starts. */
import type { CodeHost, Intent, Objections } from '../port.ts';
import { shown } from '../refusals.ts';
import {
  type GiteaBranch,
  type GiteaProtection,
  type GiteaRepository,
  readProtections,
  readRepository,
} from './answers.schema.ts';
import { type Client, labelOf } from './client.ts';
import type { Pulls } from './pulls.ts';

export function createExamination(
  client: Client,
  { readBranch }: Pick<Pulls, 'readBranch'>,
): Pick<CodeHost, 'examineBase'> {
  return {
    async examineBase(intent) {
      const { repository, base } = intent;
      const on = labelOf(repository);
      const settings = await client.get(
        { repository, what: 'find the repository', path: [] },
        readRepository,
      );
      const branch = await readBranch(repository, base);
      const all = [judgeSettings(on, settings, intent), judgeBranch(branch, base)];
      if (settings.permissions?.admin === true) {
        const ask = { repository, what: 'read its branch protections', path: ['branch_protections'] };
        all.push(judgeProtections(await client.get(ask, readProtections), base));
      } else if (branch?.protected === true) all.push(hidden(base));
      return {
        problems: all.flatMap(({ problems }) => problems),
        warnings: all.flatMap(({ warnings }) => warnings),
      };
    },
  };
}

const none: Objections = { problems: [], warnings: [] };
const settingsPage = "(the repository's settings, Repository, Pull Requests)";
const rulesPage = "(the repository's settings, Branches)";

function judgeSettings(on: string, settings: GiteaRepository, { method, mergesPhases }: Intent): Objections {
  const problems = [
    settings.archived ? `${on} is archived: nothing can be pushed to it. Unarchive it in its settings.` : '',
    settings.permissions?.push === false
      ? `The account of this token may not push to ${on}. Add it to the repository's collaborators or teams, with the right to write.`
      : '',
    settings.has_pull_requests
      ? ''
      : `Pull requests are switched off on ${on}. Switch them on ${settingsPage}.`,
    (method === 'merge' || mergesPhases) && !settings.allow_merge_commits
      ? `${on} does not allow merge commits, with which ${mergesPhases ? 'phases are' : 'this is'} merged. Allow them ${settingsPage}${mergesPhases ? ', or write `pull_requests: project` and `merge_method: squash`' : ', or write `merge_method: squash`'}.`
      : '',
    method === 'squash' && !settings.allow_squash_merge
      ? `${on} does not allow squash merging, which merge_method: squash needs. Allow it ${settingsPage}.`
      : '',
  ];
  return { problems: problems.filter((problem) => problem !== ''), warnings: [] };
}

const judgeBranch = (branch: GiteaBranch | null, base: string): Objections =>
  branch === null || branch.user_can_merge
    ? none
    : {
        problems: [
          `The account of this token may not merge into ${shown(base)}. Let it ${rulesPage}: 'Whitelist Restricted Merge', or give it the right to write.`,
        ],
        warnings: [],
      };

/** Those that name the base: patterns are matched by Gitea alone. */
function judgeProtections(rules: readonly GiteaProtection[], base: string): Objections {
  const rule = rules.find(({ rule_name: name }) => name === base);
  const warnings = [
    rule?.require_signed_commits === true
      ? `The rule for ${shown(base)} wants signed commits, which only a Gitea with a signing key of its own makes when it merges. Set one up, or take the rule away ${rulesPage}.`
      : '',
    (rule?.protected_file_patterns ?? '') === ''
      ? ''
      : `The rule for ${shown(base)} protects files (${rule?.protected_file_patterns ?? ''}): a change of one is not merged. It is set ${rulesPage}.`,
  ];
  return { problems: [], warnings: warnings.filter((warning) => warning !== '') };
}

const hidden = (base: string): Objections => ({
  problems: [],
  warnings: [
    `${shown(base)} is protected, and this token is not shown all of its rules: signed commits, protected files or an outdated branch may stand against the merge. They are set ${rulesPage}.`,
  ],
});
