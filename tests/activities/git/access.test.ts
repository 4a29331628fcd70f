/** What keeps git from a remote, in the words of git, of ssh and of the hosts behind them. */
import { describe, expect, it } from '@jest/globals';
import { gitFailed, refusal } from '../../../activities/git/simple-git/errors.ts';
import type { FailureCode } from '../../../domain/failure.ts';

const url = 'https://code.example/acme/shop.git';
const denied = (status: number, words = '') =>
  `${words}fatal: unable to access '${url}/': The requested URL returned error: ${status}\n`;
const brokenOff = (status: number) =>
  `error: RPC failed; HTTP ${status} curl 22 The requested URL returned error: ${status}\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly\n`;
const failed = (stderr: string, verb = 'fetch', withheld?: readonly string[]) =>
  gitFailed(verb, { code: 128, text: '', stderr }, withheld === undefined ? {} : { withheld });

describe('a remote that git could not reach or was not let in to', () => {
  const saml =
    "remote: The 'acme' organization has enabled or enforced SAML SSO. To access this repository, use a token that was authorized: https://code.example/orgs/acme/sso\n";
  it.each<[FailureCode, string, string]>([
    ['GitUnavailable', 'an error of the server', denied(500)],
    ['GitUnavailable', 'a gateway', denied(502)],
    ['GitUnavailable', 'an overload', denied(503)],
    ['GitUnavailable', 'a limit', denied(429)],
    [
      'GitUnavailable',
      'a limit under another number',
      denied(403, 'remote: You have exceeded a secondary rate limit.\n'),
    ],
    ['GitUnavailable', 'an error in the middle of a push', brokenOff(500)],
    [
      'GitUnavailable',
      'an end before the end',
      'fatal: early EOF\nfatal: fetch-pack: invalid index-pack output\n',
    ],
    [
      'GitUnavailable',
      'a reset',
      `fatal: unable to access '${url}/': Recv failure: Connection reset by peer\n`,
    ],
    ['GitUnavailable', 'no answer', `fatal: unable to access '${url}/': Empty reply from server\n`],
    [
      'GitUnavailable',
      'a broken stream',
      'error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\n',
    ],
    ['GitUnavailable', 'half an answer', 'fatal: expected flush after ref listing\n'],
    [
      'GitUnavailable',
      'an ssh that is cut',
      'kex_exchange_identification: Connection closed by remote host\nfatal: Could not read from remote repository.\n',
    ],
    [
      'GitUnavailable',
      'no storage behind it',
      'remote: The git server, Gitaly, is not available at this time. Please contact your administrator.\nfatal: Could not read from remote repository.\n',
    ],
    [
      'GitUnavailable',
      'a server of large files',
      `batch response: Fatal error: Server error: ${url}/info/lfs/objects/batch\n`,
    ],
    [
      'GitUnavailable',
      'a limit of large files',
      `batch response: Rate limit exceeded: ${url}/info/lfs/objects/batch\n`,
    ],
    [
      'AccessRefused',
      'a right to large files',
      `batch response: Authorization error: ${url}/info/lfs\nCheck that you have proper access to the repository\n`,
    ],
    [
      'AccessRefused',
      'a token that is dead',
      "fatal: could not read Username for 'https://code.example': terminal prompts disabled\n",
    ],
    [
      'AccessRefused',
      'a password that is wrong',
      `remote: Invalid username or token.\nfatal: Authentication failed for '${url}/'\n`,
    ],
    [
      'AccessRefused',
      'a token that died in the middle of a push',
      `fatal: could not read Username for '${url}': terminal prompts disabled\nsend-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly\n`,
    ],
    [
      'AccessRefused',
      'a key',
      'git@code.example: Permission denied (publickey).\nfatal: Could not read from remote repository.\n',
    ],
    [
      'AccessRefused',
      'a host with another key',
      'Host key verification failed.\nfatal: Could not read from remote repository.\n',
    ],
    ['AccessRefused', 'single sign-on', denied(403, saml)],
    ['AccessRefused', 'an account that is suspended', denied(403, 'remote: Your account is suspended.\n')],
    [
      'AccessRefused',
      'an address that is not listed',
      denied(403, 'remote: The organization has an IP allow list enabled.\n'),
    ],
    ['AccessRefused', 'a right to read', denied(403, 'remote: Write access to repository not granted.\n')],
    ['AccessRefused', 'a repository that moved', denied(301)],
    [
      'RepositoryNotFound',
      'nothing',
      `remote: Repository not found.\nfatal: repository '${url}/' not found\n`,
    ],
    [
      'RepositoryNotFound',
      'nothing over ssh',
      'ERROR: Repository not found.\nfatal: Could not read from remote repository.\n',
    ],
    ['GitFailed', 'anything else', 'fatal: something odd\n'],
  ])('is %s for %s', (code, _what, stderr) => {
    expect(failed(stderr).code).toBe(code);
  });

  it('keeps its words and says what to do', () => {
    const { message } = failed(denied(403, saml), 'push');
    expect(message).toContain('https://code.example/orgs/acme/sso');
    expect(message).toContain('the work then goes on by itself');
    expect(message).not.toContain('PHASEWRIGHT_GIT_PASSES');
    expect(failed(denied(401), 'push', ['MY_TOKEN']).message).toContain('git was not given MY_TOKEN');
    expect(failed(denied(302)).message).toContain('renamed or transferred');
  });
});

describe('a push that is not let in', () => {
  it.each([
    denied(403, 'remote: Permission to acme/shop.git denied to robin.\n'),
    denied(403, 'remote: This repository was archived so it is read-only.\n'),
    brokenOff(403),
    'ERROR: Permission to acme/shop.git denied to deploy key\nfatal: Could not read from remote repository.\n',
    'ERROR: The key you are authenticating with has been marked as read only.\nfatal: Could not read from remote repository.\n',
    'remote: ERROR: You are not allowed to push code to this project.\nfatal: Could not read from remote repository.\n',
  ])('lacks a right, which no commit changes: %s', (stderr) => {
    expect(refusal(failed(stderr, 'push'))?.kind).toBe('rule');
  });

  it('is too large for what stands before the remote', () => {
    expect(refusal(failed(brokenOff(413), 'push'))?.kind).toBe('content');
  });

  it.each([denied(502), brokenOff(429), denied(401), denied(403, 'remote: SAML SSO is enforced\n')])(
    'was not judged: %s',
    (stderr) => {
      expect(refusal(failed(stderr, 'push'))).toBeUndefined();
    },
  );
});
