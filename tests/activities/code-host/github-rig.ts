/** The GitHub code host over HTTP against a double of GitHub, on whose bare repository a person pushes with plain git. */
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createGitHub, type GitHub } from '../../../activities/code-host/github/index.ts';
import type { GitHubOptions } from '../../../activities/code-host/github/options.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import type { Git } from '../../../activities/git/port.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Fence } from '../../../domain/model/git.ts';
import { epochRef } from '../../../domain/names/git-refs.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { type GitHubDouble, startGitHubDouble } from '../../support/github-double/index.ts';
import { createTestRepository, type TestRepository } from '../../support/repository.ts';

export const fullName = 'acme/shop';
export const tokens = {
  phase: 'ghp_phaseTokenOfTheTests00000000000',
  rita: 'ghp_ritaTokenOfTheTests000000000000',
};

export interface GitHubRig {
  readonly double: GitHubDouble;
  readonly workspace: WorkspaceRef;
  readonly person: TestRepository;
  readonly host: CodeHost;
  /** The same repositories, over HTTP as a worker reaches them. */
  readonly git: Git;
  readonly reviewer: CodeHost;
  restarted(): CodeHost;
  /** As whoever has this token; `phase` if left out. */
  client(options?: Partial<GitHubOptions>): GitHub;
  readonly asksGit: boolean;
  fence(): Promise<Fence>;
  remove(): Promise<void>;
}

export async function makeGitHubRig(): Promise<GitHubRig> {
  const double = await startGitHubDouble();
  const bare = double.createRepository(fullName);
  for (const [login, token] of Object.entries(tokens)) double.addUser(login, { token, permission: 'write' });
  const person = personAt(bare);
  const client = (options: Partial<GitHubOptions> = {}) =>
    createGitHub({
      apiUrl: double.url,
      webUrl: double.url,
      auth: { kind: 'token', token: tokens.phase },
      ...options,
    });
  const ref = epochRef('play');
  return {
    double,
    workspace: {
      owner: 'play',
      repository: { kind: 'hosted', owner: 'acme', name: 'shop' },
      host: 'host-a',
    },
    person,
    host: client().host,
    reviewer: client({ auth: { kind: 'token', token: tokens.rita } }).host,
    git: createSimpleGit({
      dataDir: join(person.folder, 'data'),
      hostId: 'host-a',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
      hosted: { webUrl: double.url, ...client().git },
    }),
    restarted: () => client().host,
    client,
    asksGit: false,
    fence: async () => {
      const line = person.git(['for-each-ref', '--format=%(objectname)', ref], bare);
      return { epoch: 1, sha: line === '' ? null : line };
    },
    async remove() {
      person.remove();
      await double.close();
    },
  };
}

/** The person of a play repository, whose bare repository is now the double's. */
function personAt(bare: string): TestRepository {
  const person = createTestRepository();
  rmSync(person.bare, { recursive: true });
  symlinkSync(bare, person.bare);
  person.git(['fetch', '--quiet', '--force', 'origin']);
  return person;
}
