/** The code hosts that are configured, and on which of them `owner/name` repositories are. */
import { type CodeHostKind, codeHostKinds, codeHostNames } from '../domain/code-host/kinds.ts';
import { type GitHubSettings, readGitHub } from './github.ts';
import { type GiteaSettings, readGitea } from './gitea.ts';
import { type GivenSettings, type SettingName, settings } from './schema.ts';

/** Undefined: it isn't configured. Hold secrets. */
export interface CodeHosts {
  readonly github: GitHubSettings | undefined;
  readonly gitea: GiteaSettings | undefined;
}

/** `codeHost`: where `owner/name` repositories are; undefined: they can't be used. */
export function readCodeHosts(
  given: GivenSettings,
  wrong: ReadonlySet<SettingName>,
  problems: string[],
): CodeHosts & { readonly codeHost: CodeHostKind | undefined } {
  const before = problems.length;
  const hosts: CodeHosts = {
    github: readGitHub(given, wrong, problems),
    gitea: readGitea(given, wrong, problems),
  };
  const { variable } = settings.codeHost;
  const configured = codeHostKinds.filter((kind) => hosts[kind] !== undefined);
  const wanted = given.codeHost;
  // Of a host that is half configured, that has just been said.
  if (wanted !== undefined && hosts[wanted] === undefined && problems.length === before)
    problems.push(
      `${variable} is ${wanted}, but ${codeHostNames[wanted]} is not configured: ${credentials[wanted]}, or leave ${variable} out.`,
    );
  if (wanted === undefined && configured.length > 1 && !wrong.has('codeHost'))
    problems.push(
      `${configured.map((kind) => codeHostNames[kind]).join(' and ')} are configured, and owner/name repositories may be on either: say on which one with ${variable}=${configured.join('|')}.`,
    );
  return { ...hosts, codeHost: wanted ?? configured[0] };
}

const credentials = {
  github: 'set PHASEWRIGHT_GITHUB_TOKEN, or PHASEWRIGHT_GITHUB_APP_ID and PHASEWRIGHT_GITHUB_APP_KEY',
  gitea: 'set PHASEWRIGHT_GITEA_URL and PHASEWRIGHT_GITEA_TOKEN',
} as const satisfies Record<CodeHostKind, string>;
