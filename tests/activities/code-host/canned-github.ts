/** GitHub as a test says it answers. */
import { createGitHub, type GitHub } from '../../../activities/code-host/github/index.ts';
import type { GitHubOptions } from '../../../activities/code-host/github/options.ts';
import { type CannedServer, type Reply, startCannedServer } from './canned-server.ts';

export { type Asked, failure, type Reply, shop } from './canned-server.ts';

export interface CannedGitHub extends CannedServer {
  client(options?: Partial<GitHubOptions>): GitHub;
}

export const token = 'ghp_canaryCanaryCanaryCanary0123456789';

export async function startCannedGitHub(): Promise<CannedGitHub> {
  const server = await startCannedServer();
  const { url } = server;
  return {
    ...server,
    client: (options) =>
      createGitHub({ apiUrl: url, webUrl: url, auth: { kind: 'token', token }, ...options }),
  };
}

const sha = (letter: string): string => letter.repeat(40);
export const headSha = sha('a');
export const baseSha = sha('b');
export const mergeSha = sha('c');

const user = { login: 'phase', type: 'User' };

/** Pull request #7 of acme/shop, as GitHub shows it, in what the adapter reads. */
export const pull = (change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  number: 7,
  html_url: 'https://github.test/acme/shop/pull/7',
  state: 'open',
  draft: false,
  title: 'Add work',
  body: 'Why.',
  labels: [],
  user,
  head: { label: 'acme:work', ref: 'work', sha: headSha, repo: { id: 1 } },
  base: { label: 'acme:main', ref: 'main', sha: baseSha, repo: { id: 1 } },
  merged_at: null,
  merge_commit_sha: mergeSha,
  merged_by: null,
  mergeable: true,
  mergeable_state: 'clean',
  ...change,
});

export const branch = (commit: string): Reply => ({ json: { name: 'x', commit: { sha: commit } } });
