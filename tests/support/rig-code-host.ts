/** The code host of a rig, and what people do there: GitHub's double, or a real Gitea. */
import type { GiteaSettings } from '../../config/gitea.ts';
import type { GitHubSettings } from '../../config/github.ts';
import type { Gitea } from './gitea/index.ts';
import { type GiteaPerson, personOn } from './gitea/people.ts';
import type { GitHubDouble } from './github-double/index.ts';

export type CodeHostKind = 'github' | 'gitea';

export interface RigCodeHost {
  /** Of the bare repository, to look at. */
  readonly path: string;
  /** For a person's git. */
  readonly remote: string;
  readonly people: HostPeople;
  /** What worker processes need of the environment to reach it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: { readonly github?: GitHubSettings; readonly gitea?: GiteaSettings };
  readonly double?: GitHubDouble;
  readonly gitea?: Gitea;
  close(): Promise<void>;
}

/** What pia does on the pages of the host. */
export type HostPeople = Pick<GiteaPerson, 'review' | 'comment' | 'close' | 'reopen' | 'retarget' | 'merge'>;

/** The rig's repository on its code host. */
export const hostedName = 'acme/shop';
const gitHubToken = 'ghp_ofTheRigsMachineUser0123456789abcd';

export interface ReachedBy {
  /** Between two looks at a pull request; default: half a second. */
  readonly pollMs?: number | undefined;
  /** From where the host is to where the worker is told that it is. */
  readonly via?: ((url: string) => Promise<string>) | undefined;
}

/** Loaded only where it is needed: each brings much with it. */
const starts = { github: startOnGitHub, gitea: startOnGitea } as const satisfies Record<
  CodeHostKind,
  (how: ReachedBy) => Promise<RigCodeHost>
>;
export const startRigCodeHost = (kind: CodeHostKind, how: ReachedBy): Promise<RigCodeHost> =>
  starts[kind](how);

async function startOnGitHub({ pollMs = 500, via }: ReachedBy): Promise<RigCodeHost> {
  const { startGitHubDouble } = await import('./github-double/index.ts');
  const double = await startGitHubDouble();
  double.addUser('robin', { token: gitHubToken });
  double.addUser('pia');
  const path = double.createRepository(hostedName);
  const url = (await via?.(double.url)) ?? double.url;
  const on = (number: number) => ({ as: 'pia', repo: hostedName, number });
  return {
    path,
    remote: path,
    double,
    people: {
      review: async (number, state, body = '', comments = []) =>
        void double.review({ ...on(number), state, body, comments }),
      comment: async (number, body) => void double.comment({ ...on(number), body }),
      close: async (number) => double.closePullRequest(on(number)),
      reopen: async (number) => double.reopenPullRequest(on(number)),
      retarget: async (number, base) => double.retarget({ ...on(number), base }),
      merge: async (number) => void double.mergePullRequest(on(number)),
    },
    variables: {
      PHASEWRIGHT_GITHUB_TOKEN: gitHubToken,
      PHASEWRIGHT_GITHUB_API: url,
      PHASEWRIGHT_GITHUB_URL: url,
      PHASEWRIGHT_GITHUB_POLL: '1s',
    },
    settings: { github: { apiUrl: url, webUrl: url, auth: { kind: 'token', token: gitHubToken }, pollMs } },
    close: () => double.close(),
  };
}

async function startOnGitea({ pollMs = 500, via }: ReachedBy): Promise<RigCodeHost> {
  const { startGitea } = await import('./gitea/index.ts');
  const gitea = await startGitea();
  const robin = await gitea.addUser('robin');
  const pia = await gitea.addUser('pia');
  await gitea.createRepository(hostedName, [robin, pia]);
  const url = (await via?.(gitea.url)) ?? gitea.url;
  return {
    path: gitea.path(hostedName),
    remote: gitea.remote(hostedName, pia),
    gitea,
    people: personOn(gitea, hostedName, pia),
    variables: {
      PHASEWRIGHT_GITEA_URL: url,
      PHASEWRIGHT_GITEA_TOKEN: robin.token,
      PHASEWRIGHT_GITEA_POLL: '1s',
    },
    settings: { gitea: { url, token: robin.token, pollMs } },
    close: () => gitea.stop(),
  };
}
