/**
 * Why a remote did not take a push, read from its own words as GitHub, GitLab, Gitea and plain git choose them. What nobody here
 * knows was said by a hook about what it was sent: whoever made that is asked to mend it, and a person when that doesn't help.
 */
import type { FailureCode } from '../../../domain/failure.ts';

export type RefusalKind =
  /** The branch is checked out there. */
  | 'checked out'
  /** The remote itself is in trouble: nothing is said about the push. */
  | 'trouble'
  /** What the commits hold: whoever wrote it can write it otherwise. */
  | 'content'
  /** Who signs the commits, and what they are called: that is ours, by the worker's settings. */
  | 'commits'
  /** Rights, and rules that no commit of an agent could meet. */
  | 'rule';

const reasonPattern = /^!\t.*\[remote rejected\] \((.*)\)$/gm;
/** What atomicity does to the refs that nothing is said against. */
const isEcho = (reason: string): boolean => /^atomic (push|transaction) fail/.test(reason);

const inTrouble = /^(failure|timeout|(internal )?(server )?error)$/i;
const saysTrouble =
  /fatal error in commit_refs|internal (server )?(error|connection)|internal api|api is not accessible|temporarily unavailable|try again later|no space left on device|disk quota/i;
/** Could have any cause, and nothing else is said. */
const mayBeTrouble =
  /^(failed to (update|lock) .*|unable to (migrate|write) .*|unpacker error|missing necessary objects|(reference )?transaction .*fail.*)$/i;

/** In this order: the first that matches counts. */
const meanings: readonly (readonly [RegExp, RefusalKind])[] = [
  [/branch is currently checked out/, 'checked out'],
  [/quota|storage limit|archived|read-only|does not support|exists; cannot create/i, 'rule'],
  [
    /push cannot contain|secrets? (detected|found)|push protection|GH009|GH001|large files?|file size|exceed|larger than|too (large|big|long)|file (name|path|extension)|path (is|length)|restricted (file )?path|changing (file|this path)|create or update workflow/i,
    'content',
  ],
  [/signature|gpg|must be signed|unsigned|branch name/i, 'rule'],
  [
    /GH007|e-?mail|author|committer|contributor|commit message|commits? .*signed by|sign-?off|\bDCO\b/i,
    'commits',
  ],
  [
    /GH006|GH008|protected|pull request|creations? being restricted|not allowed|force-?push|fast-forward|status check|merge commits?|linear history|denied|permission|prohibited|hidden ref|funny refname|lfs objects/i,
    'rule',
  ],
];

/** Names that people chose say nothing of a rule: those of refs and files, and addresses. */
const withoutNames = (text: string): string =>
  text.replaceAll(/\S*\/\S*/g, ' ').replaceAll(/\b[\w-]+\.[a-z]\w{0,4}\b/g, ' ');

/** `words`: all that git printed, without progress. Undefined: it was not the remote that said no. */
export function readRefusal(words: string): RefusalKind | undefined {
  const reasons = [...words.matchAll(reasonPattern)].map(([, reason = '']) => reason);
  if (/\b(error:|HTTP) 413\b/.test(words)) return 'content';
  if (reasons.length === 0 && !/protected branch|hook declined|does not support/.test(words))
    return undefined;
  const said = [
    ...words.split('\n').filter((line) => /^(remote|error|fatal): /.test(line)),
    ...reasons.filter((reason) => !isEcho(reason)),
  ];
  const text = withoutNames(said.join('\n'));
  if (saysTrouble.test(text) || reasons.some((reason) => inTrouble.test(reason))) return 'trouble';
  const clear = meanings.find(([pattern]) => pattern.test(text))?.[1];
  return clear ?? (reasons.some((reason) => mayBeTrouble.test(reason)) ? 'trouble' : 'content');
}

export const refusalCode = {
  'checked out': 'PushRejected',
  trouble: 'GitUnavailable',
  content: 'ContentRefused',
  commits: 'PushRejected',
  rule: 'PushRejected',
} as const satisfies Record<RefusalKind, FailureCode>;

interface Refused {
  /** The remote, for people. */
  readonly where: string;
  readonly branches: string;
  /** Its words. */
  readonly said: string;
}

const settings =
  "Who signs commits and how merges are called is set for the worker (PHASEWRIGHT_GIT_AUTHOR, PHASEWRIGHT_GIT_COMMITTER, PHASEWRIGHT_MERGE_SUBJECT); a task's commit is called like the task.";

/** Each with the way out. */
export const refusalText: Readonly<Record<RefusalKind, (refused: Refused) => string>> = {
  'checked out': ({ where, branches }) =>
    `${where} has ${branches} checked out, and a checkout is never changed behind its owner's back. Switch that checkout to another branch (git switch --detach), or merge there by hand.`,
  trouble: ({ where, branches, said }) =>
    `${where} could not take the push of ${branches}, and is asked again: ${said}`,
  content: ({ where, branches, said }) =>
    `${where} refused the push of ${branches}: ${said}\nNothing of it was pushed. Make the change without what is named there, or have it allowed there and retry. ${settings}`,
  commits: ({ where, branches, said }) =>
    `${where} refused the push of ${branches}: ${said}\n${settings} Set it and start the worker again, or change the rule; then retry.`,
  rule: ({ where, branches, said }) =>
    `${where} refused the push of ${branches}: ${said}\nNo agent can change that. Give the worker's credential the right to push there, or change the rule for this branch; then retry.`,
};
