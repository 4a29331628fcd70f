/** What rules mean for a project: those of base for its last pull request, those of its own branches for the pushes of tasks. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { gateContext } from '../../../../domain/views/gate-status.ts';
import { type BranchRules, noRules, together } from './branch-rules.ts';
import type { BranchSources, RuleSource } from './rule-sources.ts';

export interface Wanted {
  readonly base: string;
  readonly squash: boolean;
  readonly login: string;
}

/** A rule that stands against us, and what to do. */
interface Against {
  readonly broken: (rules: BranchRules) => boolean;
  readonly text: (where: string) => string;
  /** It only may. */
  readonly doubtful?: (rules: BranchRules) => boolean;
}

export function judgeBase({ sources, unread }: BranchSources, wanted: Wanted): readonly Diagnostic[] {
  const what = `Rules of '${wanted.base}'`;
  const asked = demands(sources.map(({ rules }) => rules).reduce(together, noRules));
  const findings = [
    ...againstMerge(sources, wanted).flatMap((against) => complain(what, sources, against)),
    ...(asked.length > 0
      ? [ok(what, `${asked.join('; ')}. Until then an approved pull request waits.`)]
      : []),
    ...unread.map((text) => warning(what, text)),
  ];
  if (findings.length > 0) return findings;
  return [
    ok(
      what,
      `none. '${gateContext}' can be a required status check: then nobody merges past a gate, nor a pull request that is not Phasewright's.`,
    ),
  ];
}

function againstMerge(sources: readonly RuleSource[], { squash, login }: Wanted): readonly Against[] {
  const takes = (method: string, { methods }: BranchRules) => methods === null || methods.includes(method);
  const instead = sources.every(({ rules }) => takes('squash', rules))
    ? 'write merge_method: squash in the project file, for the last pull request.'
    : 'it does not let pull requests be squashed either, and Phasewright does not rebase them: allow one of the two.';
  const own = login.replace(/\[bot\]$/, '');
  const names = ({ pushers, teams }: BranchRules) =>
    `${pushers?.join(', ') || 'nobody'}${teams ? ', and teams,' : ''}`;
  const allowed = sources.map(({ rules }) => rules).reduce(together, noRules);
  return [
    squash
      ? {
          broken: (rules) => !takes('squash', rules),
          text: (where) => `It does not let pull requests be squashed (${where}): leave merge_method out.`,
        }
      : {
          broken: (rules) => rules.linear || !takes('merge', rules),
          text: (where) => `It takes no merge commits (${where}): ${instead}`,
        },
    {
      broken: ({ signatures }) => signatures,
      doubtful: () => squash,
      text: (where) =>
        squash
          ? `It takes signed commits only (${where}). GitHub makes and signs the one squashed commit, but may refuse the pull request for the commits in it, which are not signed.`
          : `It takes signed commits only (${where}), and the commits of tasks are not signed: take the rule off, or write merge_method: squash, so that GitHub makes and signs the one commit.`,
    },
    {
      broken: ({ locked }) => locked,
      text: (where) =>
        `Nobody may change it (${where}), so the last pull request can't be merged: let ${login} bypass the rule, or take it off.`,
    },
    {
      broken: ({ queue }) => queue,
      text: (where) =>
        `It has a merge queue (${where}), which Phasewright does not join: the last pull request would wait for whoever adds it to the queue by hand. Let ${login} bypass the rule, take it off, or name another base (base:) and bring that one through the queue.`,
    },
    {
      broken: ({ pushers }) => pushers !== null && !pushers.includes(own),
      doubtful: ({ teams }) => teams,
      text: (where) =>
        `Only ${names(allowed)} may push or merge there (${where}): add ${login}, or merge the last pull request by hand.`,
    },
    {
      broken: ({ deployments }) => deployments.length > 0,
      doubtful: () => true,
      text: (where) =>
        `Before a merge its head must have been deployed to ${allowed.deployments.join(', ')} (${where}): if nothing deploys pull requests by itself, the last one waits for whoever does.`,
    },
  ];
}

function complain(
  what: string,
  sources: readonly RuleSource[],
  { broken, text, doubtful = () => false }: Against,
): readonly Diagnostic[] {
  const set = sources.filter(({ rules }) => broken(rules));
  const holding = set.filter(({ bypass }) => bypass === 'never' || bypass === 'unknown');
  if (holding.length === 0)
    return set.map(({ where }) =>
      ok(what, `This credential may bypass what stands against a merge (${where}).`),
    );
  const certain = holding.filter(({ rules, bypass }) => bypass === 'never' && !doubtful(rules));
  const where = (some: readonly RuleSource[]) => some.map((source) => source.where).join('; ');
  if (certain.length > 0) return [problem(what, text(where(certain)))];
  const unseen = holding.some(({ bypass }) => bypass === 'unknown')
    ? " This credential may be allowed to bypass that; it can't be seen whether."
    : '';
  return [warning(what, `${text(where(holding))}${unseen}`)];
}

/** What has to be there before GitHub merges, as people read it. */
export function demands({
  reviews,
  codeOwners,
  checks,
  conversations,
  others,
}: BranchRules): readonly string[] {
  const gate = checks.includes(gateContext) ? '' : `; '${gateContext}' can be one of them`;
  return [
    reviews > 0
      ? `${reviews} approving review${reviews === 1 ? '' : 's'} (the one that answers the gate counts)`
      : '',
    codeOwners ? "code owners' approval" : '',
    checks.length > 0 ? `the checks ${checks.join(', ')}${gate}` : '',
    conversations ? 'all conversations resolved' : '',
    others.length > 0 ? `what the rules ${others.join(', ')} say` : '',
  ].filter((text) => text !== '');
}

export interface Work {
  /** As people know such branches. */
  readonly what: string;
  /** What takes them out of a ruleset. */
  readonly patterns: readonly string[];
}

/** Tasks, phases and the fence are pushed; a phase is rebased when the integration branch moved. */
export function judgeWork(
  { sources, unread }: BranchSources,
  { what, patterns }: Work,
): readonly Diagnostic[] {
  const exclude = `Exclude ${patterns.map((pattern) => `'${pattern}'`).join(' and ')} from the ruleset (Settings, Rules, Rulesets).`;
  const findings = sources
    // Whoever may bypass a rule only through pull requests may not push past it.
    .filter(({ bypass }) => bypass !== 'always')
    .flatMap(({ rules, where, bypass }): readonly Diagnostic[] => {
      const against = againstPushes(rules);
      const maybe = doubtsOfPushes(rules);
      const state = bypass === 'unknown' ? warning : problem;
      return [
        ...(against.length > 0
          ? [
              state(
                what,
                `Tasks are pushed to such branches, but ${against.join('; ')} (${where}). ${exclude}`,
              ),
            ]
          : []),
        ...(maybe.length > 0 ? [warning(what, `Here ${maybe.join('; ')} (${where}). ${exclude}`)] : []),
      ];
    });
  const all = [...findings, ...unread.map((text) => warning(what, text))];
  return all.length > 0 ? all : [ok(what, 'none that stand against pushes')];
}

const againstPushes = (rules: BranchRules): readonly string[] =>
  [
    rules.creation ? 'creating them is restricted' : '',
    rules.locked ? 'changing them is restricted' : '',
    rules.pullRequest ? 'changes need a pull request' : '',
    rules.checks.length > 0 ? `pushes need the checks ${rules.checks.join(', ')}` : '',
    rules.deployments.length > 0 ? `pushes need deployments to ${rules.deployments.join(', ')}` : '',
    rules.signatures ? 'commits must be signed' : '',
    rules.linear ? 'merge commits are refused' : '',
    rules.queue ? 'they have a merge queue' : '',
  ].filter((text) => text !== '');

const doubtsOfPushes = (rules: BranchRules): readonly string[] =>
  [
    rules.noForce ? "a rebased phase can't be pushed (non_fast_forward)" : '',
    rules.others.length > 0 ? `pushes must fit the rules ${rules.others.join(', ')}` : '',
  ].filter((text) => text !== '');
