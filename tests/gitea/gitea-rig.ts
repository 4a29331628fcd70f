/** The Gitea code host on a real server, on whose repository a person pushes over HTTP with plain git. */
import { rmSync, symlinkSync } from 'node:fs';
import { createGitea } from '../../activities/code-host/gitea/index.ts';
import { epochRef } from '../../domain/names/git-refs.ts';
import type { CodeHostRig } from '../contracts/code-host.ts';
import { type Gitea, type GiteaUser, startGitea } from '../support/gitea/index.ts';
import { createTestRepository, type TestRepository } from '../support/repository.ts';

const fullName = 'acme/shop';

export interface GiteaRig extends CodeHostRig {
  readonly gitea: Gitea;
}

export async function makeGiteaRig(): Promise<GiteaRig> {
  const gitea = await startGitea();
  const phase = await gitea.addUser('phase');
  const rita = await gitea.addUser('rita');
  const ann = await gitea.addUser('ann');
  await gitea.createRepository(fullName, [phase, rita]);
  await gitea.api('PUT', `/repos/${fullName}/collaborators/ann`, { permission: 'admin' });
  const person = personAt(gitea, rita);
  const clientOf = ({ token }: GiteaUser) => createGitea({ url: gitea.url, token }).host;
  return {
    gitea,
    workspace: {
      owner: 'play',
      repository: { kind: 'hosted', owner: 'acme', name: 'shop' },
      host: 'host-a',
    },
    person,
    host: clientOf(phase),
    reviewer: clientOf(rita),
    administrator: clientOf(ann),
    restarted: () => clientOf(phase),
    asksGit: false,
    async fence() {
      const sha = person.git(['for-each-ref', '--format=%(objectname)', epochRef('play')], person.bare);
      return { epoch: 1, sha: sha === '' ? null : sha };
    },
    async remove() {
      person.remove();
      await gitea.stop();
    },
  };
}

/** The person of a play repository, whose bare repository is now the server's; they push through Gitea. */
function personAt(gitea: Gitea, as: GiteaUser): TestRepository {
  const person = createTestRepository();
  rmSync(person.bare, { recursive: true });
  symlinkSync(gitea.path(fullName), person.bare);
  person.git(['remote', 'set-url', 'origin', gitea.remote(fullName, as)]);
  person.git(['fetch', '--quiet', '--force', 'origin']);
  return person;
}
