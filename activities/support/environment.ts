/** The environment of programs we run: an allow-list, so that a worker's credentials never reach them by accident. */

export type Environment = Readonly<Record<string, string | undefined>>;

const passed = ['PATH', 'HOME', 'USER', 'TMPDIR', 'LANG', 'TERM'] as const;

/** `PATH HOME USER TMPDIR LANG TERM` as the worker has them, and what is added. */
export function cleanEnvironment(worker: Environment, added: Environment = {}): Record<string, string> {
  const environment: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin' };
  for (const name of passed) {
    const value = worker[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, value] of Object.entries(added)) {
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** How this machine's network is reached: through which proxy, and whose certificates are trusted. */
const proxies = ['http_proxy', 'https_proxy', 'ftp_proxy', 'all_proxy', 'no_proxy'];
export const networkVariables: readonly string[] = [
  ...proxies,
  ...proxies.map((name) => name.toUpperCase()),
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'GIT_SSL_CAPATH',
  'PIP_CERT',
  'AWS_CA_BUNDLE',
  'CARGO_HTTP_CAINFO',
  'NIX_SSL_CERT_FILE',
];

/** What agents, setup and checks start with: `cleanEnvironment`, and what the network needs. */
export const workEnvironment = (worker: Environment, added: Environment = {}): Record<string, string> =>
  cleanEnvironment(worker, { ...pickVariables(worker, networkVariables), ...added });

/** Those of the worker's variables that are named and set. */
export function pickVariables(worker: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(
    names.flatMap((name) => (worker[name] === undefined ? [] : [[name, worker[name]]])),
  );
}
