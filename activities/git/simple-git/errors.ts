/** The only place that reads git's exit codes and standard error. */
import { escapeControls } from '../../../domain/text/escape.ts';
import type { FailureCode } from '../../../domain/failure.ts';
import { PortError } from '../../support/errors.ts';

interface Failed {
  readonly code: number;
  readonly text: string;
  readonly stderr: string;
}

/** Git's own words, short enough for history: the last 2,000 characters, controls shown, secrets taken out. */
export function said(output: Failed, authorization?: string): string {
  const text =
    `${withoutSecret(output.stderr, authorization)}\n${withoutSecret(output.text, authorization).slice(0, 2_000)}`
      .replaceAll(/\b([a-z+]+:\/\/)[^\s/@]+@/g, '$1***@')
      .trim();
  return escapeControls(text.slice(-2_000), { newlines: 'keep' });
}

/** Git passes on what a server or a proxy says, and that may be what it was sent. */
function withoutSecret(text: string, authorization = ''): string {
  const sent = authorization.replace(/^\S+ /, '');
  const decoded = Buffer.from(sent, 'base64').toString('utf8');
  const password = decoded.slice(decoded.indexOf(':') + 1);
  return [sent, password]
    .filter((secret) => secret.length >= 8)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
}

const rules: readonly (readonly [RegExp, FailureCode])[] = [
  [/No space left on device|Disk quota exceeded|out of disk space/i, 'NoSpace'],
  // A push of what we don't have also makes the other end hang up: that is not the network's fault.
  [/^fatal: bad object /m, 'GitFailed'],
  [
    /Could not resolve host|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|Network is unreachable|Operation timed out|Temporary failure in name resolution|early EOF|the remote end hung up|RPC failed|gnutls|SSL_|returned error: (5\d\d|429)|block timeout reached/i,
    'GitUnavailable',
  ],
  [
    /does not appear to be a git repository|repository .* not found|repository '.*' does not exist|Repository not found|not a git repository|dubious ownership|Authentication failed|could not read (Username|Password)|Permission denied \(publickey|Host key verification failed|returned error: (401|403|404)|access denied|transport '.*' not allowed/i,
    'RepositoryNotFound',
  ],
];

/**
 * A PortError for a command that ended badly. Network and remote failures get their own codes, the rest is `GitFailed`.
 * `authorization`: the header that it was sent with, of which nothing is in the error.
 */
export function gitFailed(verb: string, output: Failed, authorization?: string): PortError {
  const words = said(output, authorization);
  if (/spawn \S* ?ENOENT/.test(output.stderr)) {
    return new PortError(
      'GitFailed',
      'The program git was not found on the PATH of this worker. Install git 2.38 or later.',
    );
  }
  const code = rules.find(([pattern]) => pattern.test(output.stderr))?.[1] ?? 'GitFailed';
  return new PortError(
    code,
    `git ${verb} failed (exit ${output.code}): ${words === '' ? 'it said nothing.' : words}`,
  );
}

const isGitError = (error: unknown): error is PortError =>
  error instanceof PortError && (error.code === 'GitFailed' || error.code === 'RepositoryNotFound');

/** The command named an object that this mirror doesn't have (yet). */
export const missesObject = (error: unknown): boolean =>
  isGitError(error) &&
  /bad object|not a valid (object|commit)|Not a valid (object|commit)|unable to read tree|reference is not a tree|is not a commit|not something we can merge|could not parse|invalid reference|unknown revision|bad revision|Invalid revision|could not get object info|invalid object name|not our ref|cannot read object|missing object|is not a valid/i.test(
    error.message,
  );

/** The mirror itself may be damaged: worth a check, and a rebuild if the check agrees. */
export const mayBeCorrupt = (error: unknown): boolean =>
  isGitError(error) &&
  /corrupt|is empty|inflate|bad (object|tree|sha1)|unable to read|missing (blob|tree|commit)|packfile|pack has|not a git repository|invalid (object|sha1|index)|index file|bad signature|bad index|bad config|broken|unable to resolve HEAD|cannot read object/i.test(
    error.message,
  );

/** The lock file that another git holds, or a dead one left. */
export function lockInTheWay(error: unknown): string | undefined {
  if (!isGitError(error)) return undefined;
  return (
    /Unable to create '([^'\n]+\.lock)': File exists/.exec(error.message)?.[1] ??
    /could not lock config file ([^\n]+): File exists/.exec(error.message)?.[1]?.concat('.lock')
  );
}
