/** How GitHub is reached: as whom, and where. What belongs together is checked together. */
import type { GivenSettings } from './schema.ts';

export interface GitHubSettings {
  /** Without a slash at the end. */
  readonly apiUrl: string;
  /** `<webUrl>/<owner>/<name>.git` is cloned. */
  readonly webUrl: string;
  readonly auth:
    | { readonly kind: 'token'; readonly token: string }
    | {
        readonly kind: 'app';
        readonly appId: string;
        /** PEM. */
        readonly privateKey: string;
        /** Null: looked up for each repository. */
        readonly installationId: number | null;
      };
  readonly pollMs: number;
}

const publicApi = 'https://api.github.com';

/** Undefined: no credential is given, so `owner/name` repositories can't be used. */
export function readGitHub(given: GivenSettings, problems: string[]): GitHubSettings | undefined {
  const { githubToken: token, githubAppId: appId, githubAppKey: privateKey } = given;
  const auth = readAuth();
  if (auth === undefined) return undefined;
  const apiUrl = given.githubApi ?? publicApi;
  return { apiUrl, webUrl: given.githubUrl ?? webUrlOf(apiUrl), auth, pollMs: given.githubPoll ?? 60_000 };

  function readAuth(): GitHubSettings['auth'] | undefined {
    const app = appId !== undefined || privateKey !== undefined;
    if (token !== undefined && app) {
      problems.push(
        'Both a GitHub token and a GitHub App are given. Keep PHASEWRIGHT_GITHUB_TOKEN, or PHASEWRIGHT_GITHUB_APP_ID with PHASEWRIGHT_GITHUB_APP_KEY.',
      );
    }
    if (token !== undefined) return { kind: 'token', token };
    if (!app) return undefined;
    if (appId === undefined || privateKey === undefined) {
      problems.push(
        `A GitHub App needs its id and its key: ${appId === undefined ? 'PHASEWRIGHT_GITHUB_APP_ID' : 'PHASEWRIGHT_GITHUB_APP_KEY (or PHASEWRIGHT_GITHUB_APP_KEY_FILE)'} is missing.`,
      );
      return undefined;
    }
    const installation = given.githubAppInstallation;
    const installationId = installation === undefined ? null : Number(installation);
    return { kind: 'app', appId, privateKey, installationId };
  }
}

/** An Enterprise server has its API under the address of its pages. */
function webUrlOf(apiUrl: string): string {
  return apiUrl === publicApi ? 'https://github.com' : apiUrl.replace(/\/api\/v3$/, '');
}
