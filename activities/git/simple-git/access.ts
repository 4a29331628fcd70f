/** What stands between us and a remote, read from git's words and the remote's before them. */

export type Obstacle =
  /** It doesn't answer, or is in trouble itself. */
  | 'unavailable'
  /** It doesn't know whoever asks. */
  | 'unauthorized'
  /** It knows, and lets them do nothing until a person has done something about it. */
  | 'locked out'
  /** It lets them in, but not do this. */
  | 'forbidden'
  /** It is somewhere else now. */
  | 'moved'
  /** It isn't there, or is hidden from whoever asks. */
  | 'missing';

const byStatus: readonly (readonly [RegExp, Obstacle | undefined])[] = [
  [/^(429|5..)$/, 'unavailable'],
  [/^401$/, 'unauthorized'],
  [/^403$/, 'forbidden'],
  [/^(404|410)$/, 'missing'],
  [/^3..$/, 'moved'],
  [/^4..$/, undefined],
];

const asksToWait = /rate limit|try again later|temporarily|unable to handle this request/i;
const lockedOut =
  /\bSAML\b|\bSSO\b|single sign-?on|suspended|IP allow list|two-factor|password (has )?expired/i;

const byWords: readonly (readonly [RegExp, Obstacle])[] = [
  [
    /could not read (Username|Password)|terminal prompts disabled|unable to read askpass|Authentication failed|Invalid username or (token|password)|Permission denied \(|: Authorization error: |Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i,
    'unauthorized',
  ],
  [
    /^(remote: )?ERROR: (Permission to|The key you are|This repository was archived|You are not allowed)|denied to deploy key|Write access to repository not granted/im,
    'forbidden',
  ],
  [
    /Could not resolve host|Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|closed by remote host|No route to host|Broken pipe|Network is unreachable|Operation timed out|Temporary failure in name resolution|Empty reply from server|transfer closed|(Recv|Send) failure|early EOF|unexpected (EOF|disconnect)|expected flush after|the remote end hung up|bad line length|RPC failed|HTTP\/2 (stream|framing)|gnutls|SSL[_ ]|block timeout reached|internal (server )?error|internal api|: Server error:? |Rate limit exceeded: |from HTTP 5\d\d|(gitaly|git server).*not available/i,
    'unavailable',
  ],
  [
    /does not appear to be a git repository|repository .* not found|repository '.*' does not exist|Repository not found|project you were looking for could not be found|not a git repository|dubious ownership|access denied|transport '.*' not allowed/i,
    'missing',
  ],
];

/** Undefined: none, as far as its words go. */
export function readObstacle(stderr: string): Obstacle | undefined {
  const [, status = ''] = /returned error: (\d{3})\b|\bHTTP (\d{3})\b/.exec(stderr)?.filter(Boolean) ?? [];
  const [, found] =
    byStatus.find(([pattern]) => pattern.test(status)) ??
    byWords.find(([pattern]) => pattern.test(stderr)) ??
    [];
  if (found !== 'forbidden') return found;
  if (asksToWait.test(stderr)) return 'unavailable';
  return lockedOut.test(stderr) ? 'locked out' : found;
}
