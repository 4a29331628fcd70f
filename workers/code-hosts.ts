/** `owner/name` repositories: the one code host that they are on, for pull requests and for git. */
import { createGitea } from '../activities/code-host/gitea/index.ts';
import { createGitHub } from '../activities/code-host/github/index.ts';
import type { CodeHost } from '../activities/code-host/port.ts';
import type { HostedGit } from '../activities/git/port.ts';
import type { GitHubSettings } from '../config/github.ts';
import type { GiteaSettings } from '../config/gitea.ts';
import type { Config } from '../config/load.ts';
import { type CodeHostKind, codeHostKinds, codeHostNames } from '../domain/code-host/kinds.ts';

/** At most one of them; none: `owner/name` repositories are turned away. */
export interface CodeHostSettings {
  readonly github?: GitHubSettings | undefined;
  readonly gitea?: GiteaSettings | undefined;
}

export interface HostedRepositories {
  readonly kind: CodeHostKind;
  readonly host: CodeHost;
  readonly git: HostedGit;
  /** Between two looks at a pull request that waits. */
  readonly pollMs: number;
}

type Adapter<Settings> = (settings: Settings) => Omit<HostedRepositories, 'kind'>;

const adapters: { readonly [Kind in CodeHostKind]: Adapter<NonNullable<CodeHostSettings[Kind]>> } = {
  github(settings) {
    const { host, git } = createGitHub(settings);
    const { webUrl, pollMs } = settings;
    return { host, git: { webUrl, authorization: git.authorization, nameNow: git.nameNow }, pollMs };
  },
  gitea(settings) {
    const { host, git } = createGitea(settings);
    const { url: webUrl, pollMs } = settings;
    return { host, git: { webUrl, authorization: git.authorization }, pollMs };
  },
};

export function createHosted(given: CodeHostSettings): HostedRepositories | undefined {
  const kind = codeHostKinds.find((each) => given[each] !== undefined);
  if (kind === undefined) return undefined;
  // Of the same kind, which TypeScript does not follow through an index.
  const adapter = adapters[kind] as Adapter<unknown>;
  return { kind, ...adapter(given[kind]) };
}

/** The one of several that the configuration names. */
export const usedCodeHost = ({ github, gitea, codeHost }: Config): CodeHostSettings => ({
  ...(codeHost === 'github' ? { github } : {}),
  ...(codeHost === 'gitea' ? { gitea } : {}),
});

/** For a worker to say when it starts. */
export function describeCodeHost({ github, gitea }: CodeHostSettings): readonly string[] {
  const say = (kind: CodeHostKind, at: string, as: string, pollMs: number): string =>
    `${codeHostNames[kind]}: ${at}, with ${as}; pull requests that wait are looked at every ${pollMs / 1_000} s.`;
  return [
    ...(github === undefined
      ? []
      : [
          say(
            'github',
            github.apiUrl,
            github.auth.kind === 'token' ? 'a token' : `the App ${github.auth.appId}`,
            github.pollMs,
          ),
        ]),
    ...(gitea === undefined ? [] : [say('gitea', gitea.url, 'a token', gitea.pollMs)]),
  ];
}
