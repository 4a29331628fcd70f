/** What a git process sees of the worker's environment: what it needs to reach a remote, and nothing when it reaches none. */
import type { Environment } from '../../support/environment.ts';

export interface Surroundings {
  readonly gitDir: string | null;
  readonly workTree?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Talks to another machine: the person's own credentials, proxies and configuration apply. */
  readonly network?: boolean;
  /** Ours instead of the person's: sent to this URL and below, as this `Authorization` header. */
  readonly credential?: {
    readonly url: string;
    readonly authorization: string;
    /** Another address there that is asked instead. */
    readonly instead?: { readonly of: string; readonly address: string };
  };
}

/** What a person's own git needs to reach a remote: nothing here can name a program that a repository chose. */
const networkVariables = [
  'HOME',
  'XDG_CONFIG_HOME',
  'SSH_AUTH_SOCK',
  'SSH_AGENT_PID',
  'USER',
  'LOGNAME',
  'USERPROFILE',
  'APPDATA',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'CURL_CA_BUNDLE',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_SYSTEM',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_SSH_VARIANT',
];
const networkFamilies = /^GIT_(SSL|PROXY|HTTP)_[A-Z_]+$/;

/** What makes a person's credentials work: programs that ask for them, and what the usual helpers read. */
const credentialVariables = [
  'GIT_ASKPASS',
  'SSH_ASKPASS',
  'SSH_ASKPASS_REQUIRE',
  // Where a program that asks has its window.
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GH_ENTERPRISE_TOKEN',
  'GITHUB_ENTERPRISE_TOKEN',
  'GH_HOST',
  'GH_CONFIG_DIR',
  'GITLAB_TOKEN',
  'GITLAB_HOST',
  'KRB5CCNAME',
  'KRB5_CONFIG',
  'GNUPGHOME',
  'PASSWORD_STORE_DIR',
];
const credentialFamilies = /^(GIT_CONFIG_(COUNT|KEY_\d+|VALUE_\d+)|GCM_[A-Z_]+)$/;
const always = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];

/** `passes`: more that an operator's credential helper reads. */
export function environment(
  command: Surroundings,
  ambient: Environment,
  passes: readonly string[] = [],
): Record<string, string> {
  const env: Record<string, string> = {
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
  };
  const take = (names: readonly string[], family?: RegExp) => {
    const also = family === undefined ? [] : Object.keys(ambient).filter((name) => family.test(name));
    for (const name of [...names, ...also]) {
      const value = ambient[name];
      if (value !== undefined) env[name] ??= value;
    }
  };
  take(always);
  if (command.network === true) take(networkVariables, networkFamilies);
  if (usesAmbientCredentials(command)) {
    take([...credentialVariables, ...passes], credentialFamilies);
    env['GCM_INTERACTIVE'] ??= 'never';
  }
  if (command.credential !== undefined) Object.assign(env, ownCredential(command.credential));
  if (command.network !== true)
    Object.assign(env, { HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  if (command.gitDir !== null) env['GIT_DIR'] = command.gitDir;
  if (command.workTree !== undefined) env['GIT_WORK_TREE'] = command.workTree;
  return Object.assign(env, command.env);
}

/** Whatever makes `git ls-remote` work in the worker's shell works here. */
export const usesAmbientCredentials = ({ network, credential }: Surroundings): boolean =>
  network === true && credential === undefined;

const likeCredential =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|_KEY$|_PAT$|^(GIT_CONFIG|KRB5|VAULT|AWS|AZURE)_/;
const ofOurs = /^(PHASEWRIGHT|TEMPORAL)_/;

/** The worker's variables that look as if a credential helper might read them, and that git was not given. */
export const withheld = (env: Environment, ambient: Environment): readonly string[] =>
  Object.keys(ambient)
    .filter((name) => likeCredential.test(name) && !ofOurs.test(name) && !(name in env))
    .sort();

/**
 * In the environment, so neither in the arguments that every user can list nor in a file. No helper of the person is asked: it
 * could answer with somebody else's rights, or keep ours.
 */
function ownCredential({
  url,
  authorization,
  instead,
}: NonNullable<Surroundings['credential']>): Record<string, string> {
  const settings: readonly (readonly [key: string, value: string])[] = [
    ['credential.helper', ''],
    [`http.${url}/.extraHeader`, `Authorization: ${authorization}`],
    // Wherever a redirect leads, git would send the header along.
    ['http.followRedirects', 'false'],
    ...(instead === undefined ? [] : [[`url.${instead.address}.insteadOf`, instead.of] as const]),
  ];
  return Object.fromEntries([
    ['GIT_CONFIG_GLOBAL', '/dev/null'],
    ['GIT_CONFIG_NOSYSTEM', '1'],
    ['GIT_CONFIG_COUNT', String(settings.length)],
    ...settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ]) as Record<string, string>;
}
