/** The only place that reads git's exit codes and standard error. */
import type { FailureCode } from '../../../domain/failure.ts';
import { PortError } from '../../support/errors.ts';
import { firstOf } from '../../../domain/text/truncate.ts';
import { type Obstacle, readObstacle } from './access.ts';
import { readRefusal, type RefusalKind } from './refusals.ts';
import { type Printed, said, wordsOf } from './words.ts';

interface Failed extends Printed {
  readonly code: number;
}

interface Ruling {
  readonly code: FailureCode;
  /** What a person has to do about it, said before git's words or after them. */
  readonly before?: string;
  readonly after?: string;
  readonly obstacle?: Obstacle;
}

type Hide = (text: string) => string;

/** What is known of a command that failed. */
export interface FailedContext {
  /** Takes out of its words what it was given as a credential. */
  readonly hide?: Hide;
  /** For one that used a person's own credentials: the variables that might hold them and that it was not given. */
  readonly withheld?: readonly string[];
}

/** A command that ended badly. Its message is made for people, so what is asked about it below reads all that git printed. */
class CommandFailed extends PortError {
  /** Not enumerable: it can be long. */
  readonly #words: string;
  /** Git's words alone, for a sentence that says the rest itself. */
  readonly said: string;
  readonly obstacle: Obstacle | undefined;

  constructor({ code, before = '', after = '', obstacle }: Ruling, verb: string, output: Failed, hide: Hide) {
    const words = said(output, hide);
    const what = `git ${verb} failed (exit ${output.code}): ${words === '' ? 'it said nothing.' : words}`;
    super(code, `${before}${what}${after}`);
    this.said = words;
    this.obstacle = obstacle;
    this.#words = wordsOf(output, hide);
  }

  static allWords(error: unknown): string {
    if (error instanceof CommandFailed) return error.#words;
    return error instanceof Error ? error.message : String(error);
  }
}

/** What git cannot do with the repository as it is, however often: what that is, and the way out. */
const unusable: readonly (readonly [RegExp, FailureCode, string])[] = [
  [
    /mismatched algorithms|unsupported object[ -]format|unknown repository extension.*objectformat/i,
    'UnusableRepository',
    "The two repositories name their objects with different hash functions, and only SHA-1, git's default, is supported here. Use a repository with SHA-1 objects.",
  ],
  [
    /shallow update not allowed|shallow roots are not allowed|shallow file has changed|(clone|fetch|push)\w* (from|to) (a )?shallow|source repository is shallow/i,
    'UnusableRepository',
    'A shallow clone lacks the history that merges need. Run in that clone: git fetch --unshallow',
  ],
  [
    /promisor remote|lazy fetching disabled/i,
    'UnusableRepository',
    'A partial clone lacks files that its remote keeps. Make a full clone (git clone without --filter) and use that one.',
  ],
  [
    /refusing to merge unrelated histories/,
    'BaseRewritten',
    'The two branches have no commit in common: one of them was begun anew. Put the old one back, or start again on the new one.',
  ],
];

const rules: readonly (readonly [RegExp, FailureCode])[] = [
  // A remote's own disk is its own affair.
  [/^(?!remote: ).*(No space left on device|Disk quota exceeded|out of disk space)/im, 'NoSpace'],
  // A push of what we don't have also makes the other end hang up: that is not the network's fault.
  [/^fatal: bad object /m, 'GitFailed'],
];

/**
 * A PortError for a command that ended badly. Network and remote failures get their own codes, the rest is `GitFailed`.
 */
export function gitFailed(
  verb: string,
  output: Failed,
  { hide = (text) => text, withheld }: FailedContext = {},
): PortError {
  if (/spawn \S* ?ENOENT/.test(output.stderr)) {
    return new PortError(
      'GitFailed',
      'The program git was not found on the PATH of this worker. Install git 2.38 or later.',
    );
  }
  return new CommandFailed(ruling(verb, output, withheld), verb, output, hide);
}

function ruling(verb: string, { stderr, text }: Printed, withheld: readonly string[] | undefined): Ruling {
  // What a push prints is its report; other commands print what people wrote.
  const words = verb === 'push' ? `${stderr}\n${text}` : stderr;
  const [, final, way] = unusable.find(([pattern]) => pattern.test(words)) ?? [];
  if (final !== undefined) return { code: final, before: `${way} ` };
  const code = rules.find(([pattern]) => pattern.test(stderr))?.[1];
  const obstacle = code === undefined ? readObstacle(stderr) : undefined;
  switch (obstacle) {
    case 'unavailable':
      return { code: 'GitUnavailable' };
    case 'unauthorized':
    case 'locked out':
      return { code: 'AccessRefused', obstacle, after: `\n${howToLogIn(withheld)}` };
    case 'forbidden':
      // What may be read may not be written: the push itself says so.
      return verb === 'push'
        ? { code: 'GitFailed', obstacle }
        : { code: 'AccessRefused', obstacle, after: `\n${howToLogIn(withheld)}` };
    case 'moved':
      return { code: 'AccessRefused', obstacle, after: `\n${moved}` };
    case 'missing':
      return { code: 'RepositoryNotFound', obstacle };
    case undefined:
      return { code: code ?? 'GitFailed' };
  }
}

const moved =
  'It sends to another address: the repository was renamed or transferred, or the address is set wrong. Let it be called again what it was, or name it as it is called now; the work then goes on by itself.';

const goesOn = 'Mend the credential, or give the worker another one; the work then goes on by itself.';

/** `withheld`: of a person's own credentials; undefined: the worker's. */
const howToLogIn = (withheld: readonly string[] | undefined): string =>
  withheld === undefined ? goesOn : `${goesOn} ${howToPass(withheld)}`;

function howToPass(withheld: readonly string[]): string {
  const names = firstOf(withheld, 10).join(', ');
  return names === ''
    ? 'If a credential helper needs a variable that git does not know, name it in PHASEWRIGHT_GIT_PASSES and start the worker with both.'
    : `Of the worker's variables git was not given ${names}. If a credential helper needs one, name it in PHASEWRIGHT_GIT_PASSES (--git-passes) and start the worker again.`;
}

/** What keeps a command from its remote; undefined: something else went wrong. */
export const obstacleOf = (error: unknown): Obstacle | undefined =>
  error instanceof CommandFailed ? error.obstacle : undefined;

/** Nothing can be done there until a person has mended something. */
export const isOutOfReach = (error: unknown): boolean =>
  error instanceof PortError && (error.code === 'RepositoryNotFound' || error.code === 'AccessRefused');

const isGitError = (error: unknown): error is PortError =>
  error instanceof PortError && (error.code === 'GitFailed' || error.code === 'RepositoryNotFound');

/** The command named an object that this mirror doesn't have (yet). */
export const missesObject = (error: unknown): boolean =>
  isGitError(error) &&
  /bad object|not a valid (object|commit)|Not a valid (object|commit)|unable to read tree|failed to unpack tree object|reference is not a tree|is not a commit|not something we can merge|could not parse|invalid reference|unknown revision|bad revision|Invalid revision|could not get object info|invalid object name|not our ref|cannot read object|missing object|is not a valid/i.test(
    CommandFailed.allWords(error),
  );

/** It was stopped for taking too long: what it was asked is not answered. */
export const endedLate = (error: unknown): boolean =>
  error instanceof PortError && error.message.includes(' did not end within ');

/** The mirror itself may be damaged: worth a check, and a rebuild if the check agrees. */
export const mayBeCorrupt = (error: unknown): boolean =>
  isGitError(error) &&
  /corrupt|is empty|inflate|bad (object|tree|sha1)|unable to read|missing (blob|tree|commit)|packfile|pack has|not a git repository|invalid (object|sha1|index)|index file|bad signature|bad index|bad config|broken|unable to resolve HEAD|cannot read object/i.test(
    CommandFailed.allWords(error),
  );

/** The repository that belongs to somebody else, so that git refuses it. */
export const untrusted = (error: unknown): string | undefined =>
  isGitError(error)
    ? /detected dubious ownership in repository at '([^\n]+)'/.exec(CommandFailed.allWords(error))?.[1]
    : undefined;

/** What git said, for a sentence that says the rest itself. */
export const gitWords = (error: PortError): string =>
  error instanceof CommandFailed ? error.said : error.message;

/** Why a remote did not take a push, in its own words; undefined: it was not the remote that said no. */
export function refusal(error: unknown): { readonly kind: RefusalKind; readonly said: string } | undefined {
  const said = error instanceof CommandFailed ? error.said : CommandFailed.allWords(error);
  if (obstacleOf(error) === 'forbidden') return { kind: 'rule', said };
  const isJudged = !(error instanceof PortError) || error.code === 'GitFailed' || wasRejected(error);
  if (!isJudged || (error instanceof PortError && error.code === 'UnusableRepository')) return undefined;
  const kind = readRefusal(CommandFailed.allWords(error));
  return kind === undefined ? undefined : { kind, said };
}

/** A push that got as far as the remote's or our git's decision about each ref. */
export const wasRejected = (error: unknown): boolean =>
  /\[remote rejected\]|\[rejected\]/.test(CommandFailed.allWords(error));
