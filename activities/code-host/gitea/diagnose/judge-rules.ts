/** What branch protection means for a project: that of base for its last pull request, that of its own branches for what is pushed and merged there. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import { gateContext } from '../../../../domain/views/gate-status.ts';
import type { GiteaBranch } from '../answers.schema.ts';
import type { Protection } from './answers.schema.ts';

export interface Wanted {
  readonly base: string;
  readonly squash: boolean;
  /** As whom we act. */
  readonly login: string;
  /** Whether the server has a key to sign merges with. */
  readonly signs: boolean;
}

export interface BaseRules {
  readonly branch: GiteaBranch;
  /** Null: only administrators see it. */
  readonly rule: Protection | undefined | null;
}

const page = '(Settings, Branches)';

export function judgeBase({ branch, rule }: BaseRules, wanted: Wanted): readonly Diagnostic[] {
  const what = `Rules of '${wanted.base}'`;
  const against = [...merges(branch, rule ?? undefined, wanted), ...(rule ? refusals(rule, wanted) : [])];
  const demands = demandsOf(branch, rule ?? undefined);
  const findings = [
    ...against.map((text) => problem(what, text)),
    ...(demands.length > 0
      ? [ok(what, `${demands.join('; ')}. Until then an approved pull request waits.`)]
      : []),
    ...(rule?.protected_file_patterns
      ? [
          warning(
            what,
            `A change of files like ${rule.protected_file_patterns} can't be merged (rule '${rule.rule_name}', Protected file patterns): a person who may merges it by hand.`,
          ),
        ]
      : []),
    ...(branch.protected && rule === null
      ? [
          warning(
            what,
            `'${wanted.base}' is protected, and only administrators of the repository see all of it: whether commits must be signed, whose approvals count, which files are protected ${page}.`,
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

function merges(branch: GiteaBranch, rule: Protection | undefined, { login }: Wanted): readonly string[] {
  if (branch.user_can_merge) return [];
  const where = rule === undefined ? '' : ` (rule '${rule.rule_name}')`;
  return [
    `${login} may not merge into it${where}: add ${login} to 'Allowlisted users for merging' ${page}, or merge the last pull request by hand.`,
  ];
}

function refusals(rule: Protection, { squash, login, signs }: Wanted): readonly string[] {
  const where = `(rule '${rule.rule_name}')`;
  const off = `Turn 'Require Signed Commits' off ${page}`;
  const signed = squash
    ? signs
      ? ''
      : `It takes signed commits only ${where}, and this server has no key to sign merges with. ${off}, or give the server one ([repository.signing] in app.ini).`
    : `It takes signed commits only ${where}, and the commits of tasks are not signed. ${off}${signs ? '; or write merge_method: squash, so that the server makes and signs the one commit' : ''}.`;
  const judges = rule.approvals_whitelist_username.filter((name) => name !== login);
  const few =
    rule.enable_approvals_whitelist &&
    rule.approvals_whitelist_teams.length === 0 &&
    judges.length < rule.required_approvals;
  return [
    rule.require_signed_commits ? signed : '',
    few
      ? `It needs ${count(rule.required_approvals, 'approval')} ${where}, and only those of ${judges.join(', ') || 'nobody'} count beside ${login}, whose pull request it is: add people to 'Allowlisted reviewers' ${page}.`
      : '',
  ].filter((text) => text !== '');
}

/** What has to be there before Gitea merges, as people read it. */
function demandsOf(branch: GiteaBranch, rule: Protection | undefined): readonly string[] {
  const { required_approvals: approvals, enable_status_check: checks } = branch;
  const contexts = branch.status_check_contexts;
  const gate = contexts.includes(gateContext) ? '' : `; '${gateContext}' can be one of them`;
  const reviewers = [
    ...(rule?.approvals_whitelist_username ?? []),
    ...(rule?.approvals_whitelist_teams ?? []).map((team) => `the team ${team}`),
  ];
  const whose = rule?.enable_approvals_whitelist
    ? `by ${reviewers.join(', ')}`
    : 'by people who may push (the one that answers the gate counts)';
  return [
    approvals > 0 ? `${count(approvals, 'approval')} ${whose}` : '',
    checks ? `the checks ${contexts.length > 0 ? `${contexts.join(', ')}${gate}` : 'that there are'}` : '',
    rule?.block_on_rejected_reviews ? 'no review that requests changes' : '',
    rule?.block_on_official_review_requests ? 'no review that is asked for and missing' : '',
  ].filter((text) => text !== '');
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** Tasks, phases and the fence are pushed; phases are merged there, and one is rebased when the integration branch moved. */
export function judgeWork(rule: Protection, what: string, login: string): readonly Diagnostic[] {
  const listed = (names: readonly string[]) => names.includes(login);
  const teams = (names: readonly string[]) => names.length > 0;
  const push = rule.enable_push_whitelist && !listed(rule.push_whitelist_usernames);
  const force = rule.enable_force_push_allowlist && !listed(rule.force_push_allowlist_usernames);
  const merge = rule.enable_merge_whitelist && !listed(rule.merge_whitelist_usernames);
  const against = [
    rule.enable_push ? '' : 'pushes are disabled',
    push && !teams(rule.push_whitelist_teams) ? `${login} may not push` : '',
    merge && !teams(rule.merge_whitelist_teams) ? `${login} may not merge` : '',
    rule.require_signed_commits ? 'commits must be signed' : '',
  ].filter((text) => text !== '');
  const doubtful = [
    push && teams(rule.push_whitelist_teams) ? `${login} may push only as one of a team` : '',
    merge && teams(rule.merge_whitelist_teams) ? `${login} may merge only as one of a team` : '',
    rule.enable_force_push && !force ? '' : "a rebased phase can't be pushed (force pushes)",
    rule.required_approvals > 0 ? `phases need ${count(rule.required_approvals, 'approval')}` : '',
    rule.enable_status_check ? 'phases need status checks' : '',
    rule.protected_file_patterns ? `files like ${rule.protected_file_patterns} can't be changed` : '',
  ].filter((text) => text !== '');
  const mend = `Give the rule '${rule.rule_name}' a pattern without such branches, or put one for 'project/**' and one for 'task/*' before it, with 'Enable Push' and 'Enable Force Push' ${page}.`;
  const findings = [
    ...(against.length > 0
      ? [problem(what, `Tasks are pushed to such branches, but ${against.join('; ')}. ${mend}`)]
      : []),
    ...(doubtful.length > 0 ? [warning(what, `Here ${doubtful.join('; ')}. ${mend}`)] : []),
  ];
  return findings.length > 0 ? findings : [ok(what, 'none that stand against pushes')];
}
