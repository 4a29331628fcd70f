/** The local code host with real git on a repository in a temporary folder. */
import { join } from 'node:path';
import { createLocalCodeHost } from '../../../activities/code-host/local/index.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import type { Git } from '../../../activities/git/port.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import type { Fence } from '../../../domain/model/git.ts';
import { epochRef } from '../../../domain/names/git-refs.ts';
import type { WorkspaceRef } from '../../../domain/model/project.ts';
import { createTestRepository, type TestRepository } from '../../support/repository.ts';

export interface LocalRig {
  readonly workspace: WorkspaceRef;
  readonly person: TestRepository;
  readonly dataDir: string;
  readonly git: Git;
  readonly host: CodeHost;
  readonly reviewer: CodeHost;
  restarted(): CodeHost;
  readonly asksGit: boolean;
  fence(): Promise<Fence>;
  remove(): void;
}

export function makeLocalRig(): LocalRig {
  const person = createTestRepository();
  const dataDir = join(person.folder, 'data');
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
  const makeGit = () => createSimpleGit({ dataDir, hostId: 'host-a', env });
  const git = makeGit();
  const workspace: WorkspaceRef = {
    owner: 'play',
    repository: { kind: 'path', path: person.bare },
    host: 'host-a',
  };
  return {
    workspace,
    person,
    dataDir,
    git,
    host: createLocalCodeHost({ git, dataDir }),
    reviewer: createLocalCodeHost({ git, dataDir, actor: 'rita' }),
    restarted: () => createLocalCodeHost({ git: makeGit(), dataDir }),
    asksGit: true,
    fence: async () => ({ epoch: 1, sha: await git.remoteRef(workspace.repository, epochRef('play')) }),
    remove: () => person.remove(),
  };
}
