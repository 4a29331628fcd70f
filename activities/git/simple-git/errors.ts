/** The only place that reads git's exit codes and standard error. */
import type { FailureCode } from '../../../domain/failure.ts';
import { PortError } from '../../support/errors.ts';
import { firstOf } from '../../../domain/text/truncate.ts';
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

  constructor({ code, before = '', after = '' }: Ruling, verb: string, output: Failed, hide: Hide) {
    const words = said(output, hide);
    const what = `git ${verb} failed (exit ${output.code}): ${words === '' ? 'it said nothing.' : words}`;
    super(code, `${before}${what}${after}`);
    this.said = words;
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
  [/No space left on device|Disk quota exceeded|out of disk space/i, 'NoSpace'],
  // A push of what we don't have also makes the other end hang up: that is not the network's fault.
  [/^fatal: bad object /m, 'GitFailed'],
  [
    /Could not resolve host|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|Network is unreachable|Operation timed out|Temporary failure in name resolution|early EOF|the remote end hung up|RPC failed|gnutls|SSL_|returned error: (5\d\d|429)|block timeout reached/i,
    'GitUnavailable',
  ],
  [
    /does not appear to be a git repository|terminal prompts disabled|unable to read askpass|repository .* not found|repository '.*' does not exist|Repository not found|not a git repository|dubious ownership|Authentication failed|could not read (Username|Password)|Permission denied \(publickey|Host key verification failed|returned error: (401|403|404)|access denied|transport '.*' not allowed/i,
    'RepositoryNotFound',
  ],
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
  const code = rules.find(([pattern]) => pattern.test(stderr))?.[1] ?? 'GitFailed';
  if (withheld === undefined || !unauthorized.test(stderr)) return { code };
  return { code, after: `\n${howToPass(withheld)}` };
}

const unauthorized =
  /could not read (Username|Password)|Authentication failed|Permission denied \(|returned error: (401|403)|terminal prompts disabled|askpass/i;

function howToPass(withheld: readonly string[]): string {
  const names = firstOf(withheld, 10).join(', ');
  return names === ''
    ? 'If a credential helper needs a variable that git does not know, name it in PHASEWRIGHT_GIT_PASSES and start the worker with both.'
    : `Of the worker's variables git was not given ${names}. If a credential helper needs one, name it in PHASEWRIGHT_GIT_PASSES (--git-passes) and start the worker again.`;
}

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
  if (error instanceof PortError && error.code === 'UnusableRepository') return undefined;
  const words = CommandFailed.allWords(error);
  const kind = readRefusal(words);
  return kind === undefined ? undefined : { kind, said: error instanceof CommandFailed ? error.said : words };
}

/** A push that got as far as the remote's or our git's decision about each ref. */
export const wasRejected = (error: unknown): boolean =>
  /\[remote rejected\]|\[rejected\]/.test(CommandFailed.allWords(error));
