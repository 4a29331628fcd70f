/** How GitHub is reached: as whom, and where. What belongs together is checked together. */
import type { GitHubAccess, GitHubAuth } from '../domain/code-host/github-access.ts';
import { type GivenSettings, type SettingName, settings } from './schema.ts';

export interface GitHubSettings extends GitHubAccess {
  readonly pollMs: number;
}

const publicApi = 'https://api.github.com';

/** Undefined: no credential is given, so `owner/name` repositories can't be used. Of what is `wrong`, that was said already. */
export function readGitHub(
  given: GivenSettings,
  wrong: ReadonlySet<SettingName>,
  problems: string[],
): GitHubSettings | undefined {
  const { githubToken: token, githubAppId: appId, githubAppKey: privateKey } = given;
  const isGiven = (name: SettingName): boolean => given[name] !== undefined || wrong.has(name);
  const auth = readAuth();
  if (auth === undefined) return undefined;
  const apiUrl = given.githubApi ?? publicApi;
  return { apiUrl, webUrl: given.githubUrl ?? webUrlOf(apiUrl), auth, pollMs: given.githubPoll ?? 60_000 };

  function readAuth(): GitHubAuth | undefined {
    const app = (['githubAppId', 'githubAppKey', 'githubAppInstallation'] as const).some(isGiven);
    if (isGiven('githubToken') && app) {
      problems.push(
        'Both a GitHub token and a GitHub App are given. Keep PHASEWRIGHT_GITHUB_TOKEN, or PHASEWRIGHT_GITHUB_APP_ID with PHASEWRIGHT_GITHUB_APP_KEY.',
      );
      return undefined;
    }
    if (token !== undefined) return { kind: 'token', token };
    if (!app) return undefined;
    const missing = (['githubAppId', 'githubAppKey'] as const)
      .filter((name) => !isGiven(name))
      .map((name) => settings[name].variable);
    if (missing.length > 0)
      problems.push(`A GitHub App needs its id and its key; missing: ${missing.join(', ')}.`);
    if (appId === undefined || privateKey === undefined) return undefined;
    const installation = given.githubAppInstallation;
    const installationId = installation === undefined ? null : Number(installation);
    return { kind: 'app', appId, privateKey, installationId };
  }
}

/** Enterprise Cloud has its API at `api.` before the address of its pages, as github.com does; an Enterprise server has it below. */
function webUrlOf(apiUrl: string): string {
  const cloud = /^https:\/\/api\.(github\.com|[^./]+\.ghe\.com)$/.exec(apiUrl)?.[1];
  return cloud === undefined ? apiUrl.replace(/\/api\/v3$/, '') : `https://${cloud}`;
}
