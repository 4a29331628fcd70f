/** Gitea's app.ini for a server of a test: everything in one folder, nobody but this machine reaches it, nothing that tests don't use. */
import { randomBytes } from 'node:crypto';

export interface SettingsRequest {
  /** Where the program and what it reads are. */
  readonly program: string;
  /** Its repositories, database and logs. */
  readonly folder: string;
  readonly port: number;
}

type Section = Readonly<Record<string, string | number | boolean>>;

export function giteaSettings({ program, folder, port }: SettingsRequest): string {
  const sections: Readonly<Record<string, Section>> = {
    server: {
      HTTP_ADDR: '127.0.0.1',
      HTTP_PORT: port,
      ROOT_URL: `http://127.0.0.1:${port}/`,
      STATIC_ROOT_PATH: program,
      DISABLE_SSH: true,
      OFFLINE_MODE: true,
    },
    database: { DB_TYPE: 'sqlite3', PATH: `${folder}/gitea.db`, SQLITE_JOURNAL_MODE: 'WAL' },
    // Every request and whose it was: tests count them.
    log: {
      LEVEL: 'Warn',
      'logger.access.MODE': 'requests',
      ACCESS_LOG_TEMPLATE:
        '{{.Identity}} {{.Ctx.Req.Method}} {{.Ctx.Req.URL.RequestURI}} {{.ResponseWriter.Status}}',
    },
    'log.requests': { MODE: 'file', LEVEL: 'Info', FILE_NAME: `${folder}/requests.log`, LOG_ROTATE: false },
    // A hash for people who guess, which costs us time at every sign-in.
    security: {
      INSTALL_LOCK: true,
      SECRET_KEY: secret(),
      PASSWORD_HASH_ALGO: 'pbkdf2$1$50',
      SUCCESSFUL_TOKENS_CACHE_SIZE: 1_000,
    },
    oauth2: { ENABLED: false },
    service: { DISABLE_REGISTRATION: true },
    repository: { DEFAULT_BRANCH: 'main' },
    indexer: { ISSUE_INDEXER_TYPE: 'db', REPO_INDEXER_ENABLED: false },
    webhook: { ALLOWED_HOST_LIST: 'loopback' },
    actions: { ENABLED: false },
    packages: { ENABLED: false },
    mailer: { ENABLED: false },
    'cron.update_checker': { ENABLED: false },
    api: { MAX_RESPONSE_ITEMS: 50 },
  };
  const head = { RUN_MODE: 'prod', WORK_PATH: folder, I_AM_BEING_UNSAFE_RUNNING_AS_ROOT: true };
  return [head, ...Object.entries(sections)]
    .map((part) => (Array.isArray(part) ? `[${part[0]}]\n${lines(part[1] as Section)}` : lines(part)))
    .join('\n');
}

const lines = (section: Section): string =>
  Object.entries(section)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');

const secret = (): string => randomBytes(32).toString('hex');
