/** A double with one repository, a program that talks to it with Octokit, and a person who pushes with plain git. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { startGitHubDouble, type GitHubDouble, type GitHubDoubleOptions } from './index.ts';
import { runGit, signedBy } from '../git.ts';

interface AppAuth {
  readonly appId: number;
  readonly privateKey: string;
  readonly installationId?: number;
}

export interface Rig {
  readonly double: GitHubDouble;
  /** The bare repository of `acme/shop`. */
  readonly path: string;
  /** As `robin`, who may write; a classic token. */
  readonly github: Octokit;
  as(token: string): Octokit;
  /** By an App's key: as the App itself, or as its installation. */
  asApp(auth: AppAuth): Octokit;
  /** One commit with this text in a file on top of `from`, pushed on disk; its SHA. */
  commit(branch: string, file: string, text: string, from?: string): string;
  /** Plain git in the person's clone. */
  git(...args: string[]): string;
  /** Git over HTTP, with a token, from the person's clone. */
  httpGit(token: string, ...args: string[]): Promise<string>;
  close(): Promise<void>;
}

/** `repo` is what Octokit wants to know of the repository. */
export const repo = { owner: 'acme', repo: 'shop' } as const;

export async function createRig(options: GitHubDoubleOptions = {}): Promise<Rig> {
  const double = await startGitHubDouble(options);
  const path = double.createRepository('acme/shop');
  double.addUser('robin', { token: 'robin-token' });
  double.addUser('pia', { token: 'pia-token' });
  const folder = mkdtempSync(join(tmpdir(), 'github-double-person-'));
  const clone = join(folder, 'clone');
  const env = signedBy('Pia Person', 'pia@example.org');
  const git = (...args: string[]): string => runGit(clone, args, { env });
  runGit(folder, ['clone', '--quiet', path, clone]);
  const silent = { debug() {}, info() {}, warn() {}, error() {} };
  const as = (token: string): Octokit =>
    new Octokit({ baseUrl: double.url, auth: token, log: silent, request: { retries: 0 } });

  return {
    double,
    path,
    github: as('robin-token'),
    as,
    asApp: (auth) => new Octokit({ baseUrl: double.url, authStrategy: createAppAuth, auth, log: silent }),
    git,
    commit(branch, file, text, from = 'main') {
      git('fetch', '--quiet', 'origin');
      git('switch', '--quiet', '--detach', double.tip('acme/shop', branch) ?? `origin/${from}`);
      writeFileSync(join(clone, file), text);
      git('add', '-A');
      git('commit', '--quiet', '-m', `Change ${file}`);
      git('push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
      return git('rev-parse', 'HEAD');
    },
    async httpGit(token, ...args) {
      const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
      const header = `http.extraHeader=Authorization: Basic ${basic}`;
      const { stdout, stderr } = await promisify(execFile)('git', ['-C', clone, '-c', header, ...args], {
        env,
      });
      return `${stdout}${stderr}`;
    },
    async close() {
      await double.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Status and body of GitHub's refusal. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ readonly status: number; readonly message: string; readonly errors: unknown }> {
  const error = await call.then(
    () => {
      throw new Error('It was not refused.');
    },
    (reason: unknown) =>
      reason as { status: number; response?: { data: { message: string; errors?: unknown } } },
  );
  return {
    status: error.status,
    message: error.response?.data.message ?? '',
    errors: error.response?.data.errors,
  };
}
