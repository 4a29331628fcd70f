/** The code host of a rig, and what people do there: GitHub's double, or a real Gitea. */
import type { GitHubSettings } from '../../config/github.ts';
import type { GitHubDouble } from './github-double/index.ts';

export type CodeHostKind = 'github';

export interface RigCodeHost {
  /** Of the bare repository, to look at. */
  readonly path: string;
  /** For a person's git. */
  readonly remote: string;
  readonly people: HostPeople;
  /** What worker processes need of the environment to reach it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly settings: { readonly github?: GitHubSettings };
  readonly double?: GitHubDouble;
  close(): Promise<void>;
}

/** What pia does on the pages of the host. */
export interface HostPeople {
  review(number: number, state: 'APPROVED' | 'CHANGES_REQUESTED', body?: string): Promise<void>;
  comment(number: number, body: string): Promise<void>;
  close(number: number): Promise<void>;
  reopen(number: number): Promise<void>;
  retarget(number: number, base: string): Promise<void>;
  merge(number: number): Promise<void>;
}

/** The rig's repository on its code host. */
export const hostedName = 'acme/shop';
const gitHubToken = 'ghp_ofTheRigsMachineUser0123456789abcd';
const pollMs = 500;

/** Loaded only where it is needed: each brings much with it. */
const starts = { github: gitHub } as const satisfies Record<CodeHostKind, () => Promise<RigCodeHost>>;
export const startRigCodeHost = (kind: CodeHostKind): Promise<RigCodeHost> => starts[kind]();

async function gitHub(): Promise<RigCodeHost> {
  const { startGitHubDouble } = await import('./github-double/index.ts');
  const double = await startGitHubDouble();
  double.addUser('robin', { token: gitHubToken });
  double.addUser('pia');
  const path = double.createRepository(hostedName);
  const { url } = double;
  const on = (number: number) => ({ as: 'pia', repo: hostedName, number });
  return {
    path,
    remote: path,
    double,
    people: {
      review: async (number, state, body = '') => void double.review({ ...on(number), state, body }),
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
