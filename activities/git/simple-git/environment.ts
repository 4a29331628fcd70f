/** What a git process sees of the worker's environment: what it needs to reach a remote, and nothing when it reaches none. */
import type { Environment } from '../../support/environment.ts';

export interface Surroundings {
  readonly gitDir: string | null;
  readonly workTree?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Talks to another machine: the person's own credentials, proxies and configuration apply. */
  readonly network?: boolean;
  /** Ours instead of the person's: sent to this URL and below, as this `Authorization` header. */
  readonly credential?: { readonly url: string; readonly authorization: string };
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
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'GIT_CONFIG_GLOBAL',
  'GIT_CONFIG_NOSYSTEM',
  'GIT_SSH_COMMAND',
];
const always = ['PATH', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'];

export function environment(command: Surroundings, ambient: Environment): Record<string, string> {
  const env: Record<string, string> = {
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_GRAFT_FILE: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
  };
  const take = (names: readonly string[]) => {
    for (const name of names) {
      const value = ambient[name];
      if (value !== undefined) env[name] = value;
    }
  };
  take(always);
  if (command.network === true) take(networkVariables);
  if (command.credential !== undefined) Object.assign(env, ownCredential(command.credential));
  if (command.network !== true)
    Object.assign(env, { HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' });
  if (command.gitDir !== null) env['GIT_DIR'] = command.gitDir;
  if (command.workTree !== undefined) env['GIT_WORK_TREE'] = command.workTree;
  return Object.assign(env, command.env);
}

/**
 * In the environment, so neither in the arguments that every user can list nor in a file. No helper of the person is asked: it
 * could answer with somebody else's rights, or keep ours.
 */
function ownCredential({
  url,
  authorization,
}: NonNullable<Surroundings['credential']>): Record<string, string> {
  return {
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'credential.helper',
    GIT_CONFIG_VALUE_0: '',
    GIT_CONFIG_KEY_1: `http.${url}/.extraHeader`,
    GIT_CONFIG_VALUE_1: `Authorization: ${authorization}`,
  };
}
