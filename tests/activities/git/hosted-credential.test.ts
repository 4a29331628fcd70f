/** The worker's own credential with a code host that refuses it: for a moment, for good, or by sending elsewhere. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { HostedGit } from '../../../activities/git/port.ts';
import { PortError } from '../../../activities/support/errors.ts';
import { type GitHubDouble, startGitHubDouble } from '../../support/github-double/index.ts';
import { createWorld, noFence, type World } from './support.ts';

const repository = { kind: 'hosted', owner: 'acme', name: 'shop' } as const;
const headerOf = (token: string) => `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;

let double: GitHubDouble;
let world: World;
let refusals: string[];
beforeEach(async () => {
  double = await startGitHubDouble();
  double.createRepository('acme/shop', { private: true });
  double.addUser('robin', { token: 'first-token' });
  double.addUser('robin', { token: 'second-token' });
  double.addUser('stranger', { token: 'stranger-token', permission: 'none' });
  world = createWorld();
  refusals = [];
});
afterEach(async () => {
  world.remove();
  await double.close();
});

/** Has these tokens, one after the other. */
function gitWith(tokens: readonly string[], webUrl = double.url) {
  let at = 0;
  const hosted: HostedGit = {
    webUrl,
    async authorization(_owner, _name, refused) {
      if (refused !== undefined) {
        refusals.push(refused);
        at = Math.min(at + 1, tokens.length - 1);
      }
      return headerOf(tokens[at] ?? '');
    },
  };
  return createSimpleGit({ dataDir: join(world.root, 'data'), hostId: 'host-1', env: process.env, hosted });
}
const failureOf = async (work: Promise<unknown>): Promise<PortError> => {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof PortError) return error;
  throw new Error('It did not fail.');
};

it('is replaced by another one, with which the same command runs again', async () => {
  const port = gitWith(['first-token', 'second-token']);
  const { sha } = await port.resolveBase(repository, null);
  double.revoke('first-token');
  const workspace = { ...world.workspace, repository };
  const pushed = await port.push(workspace, [{ ref: 'refs/heads/ours', expected: null, sha }], noFence);

  expect(pushed.kind).toBe('pushed');
  expect(double.tip('acme/shop', 'ours')).toBe(sha);
  expect(refusals).toEqual([headerOf('first-token')]);
});

it('is said to be refused when there is no other', async () => {
  const port = gitWith(['dead-token-of-nobody']);
  const { code, message } = await failureOf(port.fetch(repository));

  expect(code).toBe('AccessRefused');
  expect(message).toMatch(/give the worker another one; the work then goes on by itself/);
  expect(message).not.toContain('dead-token-of-nobody');
  expect(refusals).toHaveLength(1);
});

it('is asked about once more when the host shows nothing to it, and then the name may be wrong as well', async () => {
  expect((await gitWith(['stranger-token', 'second-token']).resolveBase(repository, null)).branch).toBe(
    'main',
  );
  const { code, message } = await failureOf(gitWith(['stranger-token']).fetch(repository));

  expect(code).toBe('AccessRefused');
  expect(message).toMatch(
    /^acme\/shop does not exist, or this credential may not see it: remote: Repository not found/,
  );
});

it('goes to no other address, however the host sends git there', async () => {
  const seen: (string | undefined)[] = [];
  const elsewhere = await listen((request) => void seen.push(request.headers.authorization));
  const moved = await listen((request, response) => {
    response.writeHead(301, { location: `${urlOf(elsewhere)}${request.url}` }).end();
  });
  try {
    const { code, message } = await failureOf(gitWith(['first-token'], urlOf(moved)).fetch(repository));
    expect([code, seen]).toEqual(['AccessRefused', []]);
    expect(message).toContain('renamed or transferred');
  } finally {
    for (const server of [elsewhere, moved]) server.close();
  }
});

async function listen(answer: Parameters<typeof createServer>[1]): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return server;
}
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
