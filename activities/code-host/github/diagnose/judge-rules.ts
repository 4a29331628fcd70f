/** What rules mean for a project: those of base for its last pull request, those of its own branches for the pushes of tasks. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { gateContext } from '../../../../domain/views/gate-status.ts';
import type { BranchRules } from './branch-rules.ts';

export interface Wanted {
  readonly base: string;
  readonly squash: boolean;
  readonly login: string;
}

const bypass = ', unless this credential may bypass the rule';

export function judgeBase(
  rules: BranchRules,
  { base, squash, login }: Wanted,
  unread: boolean,
): readonly Diagnostic[] {
  const linear = rules.linear || (rules.methods !== null && !rules.methods.includes('merge'));
  const elsewhere = rules.pushers !== null && !rules.pushers.includes(login.replace(/\[bot\]$/, ''));
  const against = [
    linear && !squash
      ? 'It takes no merge commits: write merge_method: squash in the project file, for the last pull request.'
      : '',
    squash && rules.methods !== null && !rules.methods.includes('squash')
      ? 'It does not let pull requests be squashed: leave merge_method out.'
      : '',
    rules.signatures && !squash
      ? 'It takes signed commits only, and the commits of tasks are not signed: take the rule off, or write merge_method: squash, so that GitHub makes and signs the one commit.'
      : '',
    rules.locked ? `Nobody may change it${bypass}: the last pull request can't be merged.` : '',
    rules.queue
      ? 'It has a merge queue, which Phasewright does not join: the last pull request would wait for good.'
      : '',
    elsewhere
      ? `Only ${rules.pushers?.join(', ') || 'nobody'} may push or merge there${rules.teams ? ', and teams' : ''}: add ${login}, or merge the last pull request by hand.`
      : '',
  ].filter((text) => text !== '');
  const what = `Rules of '${base}'`;
  const asked = demands(rules);
  const findings = [
    ...(against.length > 0 ? [problem(what, against.join(' '))] : []),
    ...(asked.length > 0
      ? [ok(what, `${asked.join('; ')}. Until then an approved pull request waits.`)]
      : []),
    ...(unread
      ? [
          warning(
            what,
            `'${base}' is protected, and only administrators see all of it (App or fine-grained token: Administration 'Read-only').`,
          ),
        ]
      : []),
  ];
  if (findings.length > 0) return findings;
  return [
    ok(
      what,
      `none. '${gateContext}' can be a required status check: then nobody merges past a gate, nor a pull request that is not Phasewright's.`,
    ),
  ];
}

/** What has to be there before GitHub merges, as people read it. */
function demands({ reviews, codeOwners, checks, conversations, others }: BranchRules): readonly string[] {
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

/** Tasks, phases and the fence are pushed; a phase is rebased when the integration branch moved. */
export function judgeWork(rules: BranchRules): readonly Diagnostic[] {
  const what = "Rules of 'project/**'";
  const against = [
    rules.creation ? 'creating them is restricted' : '',
    rules.locked ? 'changing them is restricted' : '',
    rules.pullRequest ? 'changes need a pull request' : '',
    rules.checks.length > 0 ? `pushes need the checks ${rules.checks.join(', ')}` : '',
    rules.signatures ? 'commits must be signed' : '',
    rules.linear ? 'merge commits are refused' : '',
    rules.queue ? 'they have a merge queue' : '',
  ].filter((text) => text !== '');
  const doubtful = [
    rules.noForce ? "a rebased phase can't be pushed (non_fast_forward)" : '',
    rules.others.length > 0 ? `pushes must fit the rules ${rules.others.join(', ')}` : '',
  ].filter((text) => text !== '');
  const exclude = "Exclude 'project/**/*' and 'task/*' from the ruleset (Settings, Rules, Rulesets).";
  const findings = [
    ...(against.length > 0
      ? [problem(what, `Tasks are pushed to such branches, but ${against.join('; ')}${bypass}. ${exclude}`)]
      : []),
    ...(doubtful.length > 0 ? [warning(what, `Here ${doubtful.join('; ')}. ${exclude}`)] : []),
  ];
  return findings.length > 0 ? findings : [ok(what, 'none that stand against pushes')];
}
