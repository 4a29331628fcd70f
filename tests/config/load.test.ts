import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { hostId } from '../../config/host-id.ts';
import { type Config, type Environment, type Flags, loadConfig } from '../../config/load.ts';
import { describeCheckVariables } from '../../config/check-variables.ts';
import { defaultKeptLimits } from '../../domain/model/kept-limits.ts';
import { defaultChangeLimits } from '../../domain/model/quota.ts';
import { fileVariable, settingNames, settings } from '../../config/schema.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const noProfile = join(temporaryFolder(), 'none.toml');

function load(env: Environment = {}, flags: Flags = {}): Config {
  const HOME = env.HOME ?? temporaryFolder();
  return loadConfig({ env: { HOME, TEMPORAL_CONFIG_FILE: noProfile, ...env }, flags });
}

function problemsOf(env: Environment, flags: Flags = {}): readonly string[] {
  try {
    load(env, flags);
  } catch (error) {
    expect(error).toMatchObject({ code: 'InvalidConfig' });
    return (error as { problems: readonly string[] }).problems;
  }
  throw new Error('It was accepted.');
}

it('keeps its data in ~/.phasewright, for this user only', () => {
  const HOME = temporaryFolder();

  const config = load({ HOME });

  expect(config.dataDir).toBe(join(HOME, '.phasewright'));
  expect(statSync(config.dataDir).mode & 0o777).toBe(0o700);
});

it('needs nothing to be set', () => {
  const HOME = temporaryFolder();

  expect(load({ HOME })).toEqual({
    dataDir: join(HOME, '.phasewright'),
    cacheDir: join(
      HOME,
      ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']),
      'phasewright',
    ),
    temporal: {
      address: undefined,
      namespace: 'default',
      connectionOptions: expect.anything(),
      addressFrom: undefined,
    },
    agentsFile: undefined,
    filters: [],
    git: { passes: [], identities: {}, mergeSubject: undefined },
    requireApproval: false,
    buildId: undefined,
    changeLimits: defaultChangeLimits,
    keptLimits: defaultKeptLimits,
    checkEnv: [],
    workflowBundle: undefined,
    containment: 'auto',
    faults: undefined,
    durable: false,
    logLevel: 'info',
    temporalCli: undefined,
    download: true,
    searchPath: '',
    warnings: [],
    webhookListen: '127.0.0.1:8234',
    webUi: undefined,
  });
});

it('takes names of git filters, and nothing that could be more than a name', () => {
  const HOME = temporaryFolder();
  expect(load({ HOME, PHASEWRIGHT_FILTERS: 'lfs, git-crypt lfs' }).filters).toEqual(['lfs', 'git-crypt']);
  for (const bad of ['lfs.clean=sh', '-x', 'a\nb=c'])
    expect(problemsOf({ HOME, PHASEWRIGHT_FILTERS: bad })).toEqual([
      "PHASEWRIGHT_FILTERS must be names of git filters, e.g. 'lfs' or 'lfs,git-crypt'.",
    ]);
});

describe('of git', () => {
  const gitOf = (env: Environment, flags: Flags = {}) => load(env, flags).git;

  it('takes names of variables that helpers read, but none that say where git works', () => {
    expect(gitOf({ PHASEWRIGHT_GIT_PASSES: 'MY_TOKEN, FORGE_PW MY_TOKEN' }).passes).toEqual([
      'MY_TOKEN',
      'FORGE_PW',
    ]);
    expect(gitOf({}, { gitPasses: 'A' }).passes).toEqual(['A']);
    expect(problemsOf({ PHASEWRIGHT_GIT_PASSES: 'GIT_DIR' })).toEqual([
      'PHASEWRIGHT_GIT_PASSES may not name a variable that says where git works.',
    ]);
    expect(problemsOf({}, { gitPasses: 'A=b' })).toEqual([
      "--git-passes must be names of variables with commas between them, not 'A=…'.",
    ]);
  });

  it('takes an author, who is the committer too unless another one is named', () => {
    const robot = { name: 'A Robot', email: 'robot@example.com' };
    const author = 'A Robot <robot@example.com>';
    expect(gitOf({ PHASEWRIGHT_GIT_AUTHOR: author }).identities).toEqual({ author: robot, committer: robot });
    expect(gitOf({ PHASEWRIGHT_GIT_COMMITTER: author }).identities).toEqual({ committer: robot });
    expect(
      gitOf({ PHASEWRIGHT_GIT_AUTHOR: author }, { gitCommitter: 'Ü <u@example.com>' }).identities,
    ).toEqual({ author: robot, committer: { name: 'Ü', email: 'u@example.com' } });
  });

  it.each(['robot@example.com', 'Robot', 'A <b', 'A <b@c> <d@e>', ' <a@b>', 'A <a b@c>', 'A\nB <a@b>'])(
    'refuses %j as an author',
    (person) => {
      expect(problemsOf({ PHASEWRIGHT_GIT_AUTHOR: person })).toEqual([
        "PHASEWRIGHT_GIT_AUTHOR must be 'Name <address>', e.g. 'Robot <robot@example.com>'.",
      ]);
    },
  );

  it('takes one line around the subject of merges', () => {
    expect(gitOf({ PHASEWRIGHT_MERGE_SUBJECT: 'OPS-1 {subject}' }).mergeSubject).toBe('OPS-1 {subject}');
    for (const bad of ['OPS-1', 'a\n{subject}'])
      expect(problemsOf({}, { mergeSubject: bad })).toEqual([
        "--merge-subject must be one line that holds '{subject}', e.g. 'OPS-1 {subject}'.",
      ]);
  });
});

it('lets a flag win over a variable, and a variable over the profile', () => {
  const profile = join(temporaryFolder(), 'temporal.toml');
  writeFileSync(profile, '[profile.default]\naddress = "profile:7233"\nnamespace = "of-profile"\n');
  const env = { TEMPORAL_CONFIG_FILE: profile };

  expect(load(env).temporal).toMatchObject({
    address: 'profile:7233',
    namespace: 'of-profile',
    addressFrom: "Temporal's profile",
  });
  expect(load({ ...env, TEMPORAL_ADDRESS: 'variable:7233' }).temporal).toMatchObject({
    address: 'variable:7233',
    addressFrom: 'TEMPORAL_ADDRESS',
  });
  expect(
    load({ ...env, TEMPORAL_ADDRESS: 'variable:7233' }, { address: 'flag:7233', namespace: 'of-flag' })
      .temporal,
  ).toMatchObject({
    address: 'flag:7233',
    namespace: 'of-flag',
    addressFrom: '--address',
    connectionOptions: { address: 'flag:7233' },
  });
});

it('reads the named profile with its TLS and API key', () => {
  const profile = join(temporaryFolder(), 'temporal.toml');
  writeFileSync(profile, '[profile.prod]\naddress = "cloud:7233"\nnamespace = "prod"\napi_key = "k3y"\n');

  const { temporal } = load({ TEMPORAL_CONFIG_FILE: profile, TEMPORAL_PROFILE: 'prod' });

  expect(temporal).toMatchObject({
    address: 'cloud:7233',
    namespace: 'prod',
    connectionOptions: { apiKey: 'k3y' },
  });
});

it('says everything that is wrong in one error, and leaves no folder behind', () => {
  const PHASEWRIGHT_HOME = join(temporaryFolder(), 'data');
  const problems = problemsOf(
    {
      PHASEWRIGHT_HOME,
      PHASEWRIGHT_DURABLE: 'perhaps',
      PHASEWRIGHT_LOG_LEVEL: 'loud',
      PHASEWRIGHT_FAULTS: 'land:effekt=kill',
      PHASEWRIGHT_AGENTS: '/nowhere/agents.yaml',
      TEMPORAL_ADDRESS: 'http://localhost:7233',
      TEMPORAL_PROFILE: 'missing',
    },
    { buildId: 'with space' },
  );

  expect(problems).toEqual([
    "--build-id may hold letters, digits, '.', '_' and '-', at most 100.",
    "PHASEWRIGHT_DURABLE must be one of 1, true, yes, on, 0, false, no, off, not 'perhaps'.",
    'PHASEWRIGHT_LOG_LEVEL must be one of debug, info, warn, error.',
    expect.stringContaining("PHASEWRIGHT_FAULTS Not a fault: 'land:effekt=kill'."),
    "TEMPORAL_ADDRESS must be host:port, e.g. 'localhost:7233', without 'http://'.",
    expect.stringContaining("Temporal's own settings (TEMPORAL_*, its configuration file) cannot be read: "),
    'The agents file /nowhere/agents.yaml does not exist.',
  ]);
  expect(existsSync(PHASEWRIGHT_HOME)).toBe(false);
});

it.each([
  ['1', true],
  ['TRUE', true],
  ['on', true],
  ['0', false],
  ['no', false],
  ['', false],
])('reads the switch %p as %p', (value, durable) => {
  expect(load({ PHASEWRIGHT_DURABLE: value }).durable).toBe(durable);
});

it('finds agents.yaml in the data folder, and takes the given one before it', () => {
  const PHASEWRIGHT_HOME = temporaryFolder();
  const other = join(temporaryFolder(), 'mine.yaml');
  writeFileSync(join(PHASEWRIGHT_HOME, 'agents.yaml'), 'agents: {}\n');
  writeFileSync(other, 'agents: {}\n');

  expect(load({ PHASEWRIGHT_HOME }).agentsFile).toBe(join(PHASEWRIGHT_HOME, 'agents.yaml'));
  expect(load({ PHASEWRIGHT_HOME }, { agents: other }).agentsFile).toBe(other);
});

it('points out a misspelt variable, and a namespace that nobody will use', () => {
  const { warnings } = load({
    PHASEWRIGHT_DURABEL: '1',
    PHASEWRIGHT_TASK_ID: '1.2',
    TEMPORAL_NAMESPACE: 'builds',
  });

  expect(warnings).toEqual([
    "PHASEWRIGHT_DURABEL is not a setting and was ignored. Did you mean 'PHASEWRIGHT_DURABLE'?",
    "TEMPORAL_NAMESPACE is 'builds', but no address is given: the embedded server has the namespace 'default' only.",
  ]);
});

it('names variables for setup and checks by a flag or a variable, each once, and never with a value', () => {
  const PHASEWRIGHT_CHECK_ENV = 'JAVA_HOME, NPM_TOKEN,JAVA_HOME';
  expect(load({}).checkEnv).toEqual([]);
  expect(load({ PHASEWRIGHT_CHECK_ENV }).checkEnv).toEqual(['JAVA_HOME', 'NPM_TOKEN']);
  expect(load({ PHASEWRIGHT_CHECK_ENV }, { checkEnv: 'CC' }).checkEnv).toEqual(['CC']);
  expect(problemsOf({ PHASEWRIGHT_CHECK_ENV: 'NPM_TOKEN=canary' })).toEqual([
    "PHASEWRIGHT_CHECK_ENV must be names of variables with commas between them, not 'NPM_TOKEN=…'.",
  ]);
  expect(problemsOf({ PHASEWRIGHT_CHECK_ENV: 'PHASEWRIGHT_GITHUB_TOKEN' })).toEqual([
    expect.stringContaining("must not name settings of Phasewright's own"),
  ]);
});

it('bounds what a task may change, by count and by sizes with a unit', () => {
  expect(load({}).changeLimits).toEqual(defaultChangeLimits);
  const changed = { PHASEWRIGHT_MAX_CHANGED_FILES: '20', PHASEWRIGHT_MAX_FILE_SIZE: '5 MiB' };
  expect(load({ ...changed, PHASEWRIGHT_MAX_CHANGED_SIZE: '1.5GiB' }).changeLimits).toEqual({
    files: 20,
    fileBytes: 5 * 2 ** 20,
    totalBytes: 1.5 * 2 ** 30,
  });
  expect(problemsOf({ PHASEWRIGHT_MAX_FILE_SIZE: '1GB', PHASEWRIGHT_MAX_CHANGED_SIZE: '0' })).toEqual([
    "PHASEWRIGHT_MAX_FILE_SIZE must be a size, e.g. '500MiB' or '2GiB', not '1GB'.",
    "PHASEWRIGHT_MAX_CHANGED_SIZE must be a size, e.g. '500MiB' or '2GiB', not '0'.",
  ]);
});

it('bounds what a host keeps of projects that ended, down to nothing', () => {
  const given = { PHASEWRIGHT_KEPT_CHECKOUTS: '0', PHASEWRIGHT_KEPT_SIZE: '500MiB' };
  expect(load(given).keptLimits).toEqual({ count: 0, bytes: 500 * 2 ** 20 });
  expect(problemsOf({ PHASEWRIGHT_KEPT_CHECKOUTS: '-1' })).toEqual([
    'PHASEWRIGHT_KEPT_CHECKOUTS must be a whole number from 0.',
  ]);
});

it('says which of the variables that it names are not set', () => {
  const PHASEWRIGHT_CHECK_ENV = 'JAVA_HOME,NPM_TOKEN,EMPTY';
  const config = load({ PHASEWRIGHT_CHECK_ENV, JAVA_HOME: '/opt/java', EMPTY: '' });
  expect(describeCheckVariables(config)).toEqual([
    'Setup and checks get JAVA_HOME.',
    expect.stringMatching(
      /^WARNING: NPM_TOKEN, EMPTY are named by PHASEWRIGHT_CHECK_ENV or --check-env, but not set/,
    ),
  ]);
  expect(describeCheckVariables(load({}))).toEqual([]);
});

it('refuses a data folder that others may write to, and points out one that they may read', () => {
  const PHASEWRIGHT_HOME = join(temporaryFolder(), 'shared');
  mkdirSync(PHASEWRIGHT_HOME);
  chmodSync(PHASEWRIGHT_HOME, 0o777);
  expect(problemsOf({ PHASEWRIGHT_HOME })).toEqual([
    expect.stringContaining(`others may write to it (chmod go-w '${PHASEWRIGHT_HOME}')`),
  ]);

  chmodSync(PHASEWRIGHT_HOME, 0o755);
  expect(load({ PHASEWRIGHT_HOME }).warnings).toEqual([
    expect.stringContaining(`'chmod 700 ${PHASEWRIGHT_HOME}'`),
  ]);
});

it('keeps the environment out of what is logged', () => {
  const config = load({ GITHUB_TOKEN: 's3cret' });

  expect(config.environment.GITHUB_TOKEN).toBe('s3cret');
  expect(JSON.stringify(config)).not.toContain('s3cret');
});

describe('GitHub', () => {
  const key = '-----BEGIN RSA PRIVATE KEY-----\ncanaryKeyLine\n-----END RSA PRIVATE KEY-----';
  const token = 'ghp_canaryToken';
  const app = { PHASEWRIGHT_GITHUB_APP_ID: '1234', PHASEWRIGHT_GITHUB_APP_KEY: key };
  const withToken = { PHASEWRIGHT_GITHUB_TOKEN: token };

  it('is not configured without a credential, wherever it may be', () => {
    expect(load({ PHASEWRIGHT_GITHUB_API: 'https://git.example.com/api/v3' }).github).toBeUndefined();
  });

  it('is github.com for a token, looked at every minute', () => {
    expect(load(withToken).github).toEqual({
      apiUrl: 'https://api.github.com',
      webUrl: 'https://github.com',
      auth: { kind: 'token', token },
      pollMs: 60_000,
    });
  });

  it('is reached as an App with its id and its key', () => {
    const auth = { kind: 'app', appId: '1234', privateKey: key, installationId: null };
    expect(load(app).github?.auth).toEqual(auth);
    const oneLine = key.replaceAll('\n', '\\n');
    expect(load({ ...app, PHASEWRIGHT_GITHUB_APP_KEY: oneLine }).github?.auth).toEqual(auth);
    const installed = load({ ...app, PHASEWRIGHT_GITHUB_APP_INSTALLATION: '42' });
    expect(installed.github?.auth).toEqual({ ...auth, installationId: 42 });
  });

  it.each<readonly [Environment, string]>([
    [{ PHASEWRIGHT_GITHUB_APP_ID: '1234' }, 'PHASEWRIGHT_GITHUB_APP_KEY'],
    [{ PHASEWRIGHT_GITHUB_APP_KEY: key }, 'PHASEWRIGHT_GITHUB_APP_ID'],
    [{ PHASEWRIGHT_GITHUB_APP_INSTALLATION: '42' }, 'PHASEWRIGHT_GITHUB_APP_ID, PHASEWRIGHT_GITHUB_APP_KEY'],
  ])('says what half an App lacks', (env, missing) => {
    expect(problemsOf(env)).toEqual([`A GitHub App needs its id and its key; missing: ${missing}.`]);
  });

  it.each<Environment>([{ ...app }, { PHASEWRIGHT_GITHUB_APP_ID: '1234' }])(
    'is a token or an App, not both',
    (env) => {
      expect(problemsOf({ ...withToken, ...env })).toEqual([
        'Both a GitHub token and a GitHub App are given. Keep PHASEWRIGHT_GITHUB_TOKEN, or PHASEWRIGHT_GITHUB_APP_ID with PHASEWRIGHT_GITHUB_APP_KEY.',
      ]);
    },
  );

  it.each<readonly [Environment, string]>([
    [
      { ...app, PHASEWRIGHT_GITHUB_APP_ID: 'my-app' },
      'PHASEWRIGHT_GITHUB_APP_ID must be a whole number from 1.',
    ],
    [
      { ...app, PHASEWRIGHT_GITHUB_APP_KEY: 'canaryKeyLine' },
      'PHASEWRIGHT_GITHUB_APP_KEY must be a private key in PEM form.',
    ],
    [
      { ...app, PHASEWRIGHT_GITHUB_APP_INSTALLATION: '0' },
      'PHASEWRIGHT_GITHUB_APP_INSTALLATION must be a whole number from 1.',
    ],
    [
      { PHASEWRIGHT_GITHUB_TOKEN: 'canary token' },
      'PHASEWRIGHT_GITHUB_TOKEN must be one word without spaces, line ends or other signs.',
    ],
  ])('says once what is wrong with a credential, and nothing of it', (env, problem) => {
    expect(problemsOf(env)).toEqual([problem]);
  });

  it.each([
    ['https://api.github.com/', 'https://api.github.com', 'https://github.com'],
    ['https://API.github.com', 'https://api.github.com', 'https://github.com'],
    ['https://git.example.com/api/v3/', 'https://git.example.com/api/v3', 'https://git.example.com'],
    [
      'https://git.example.com:8443/api/v3',
      'https://git.example.com:8443/api/v3',
      'https://git.example.com:8443',
    ],
    ['https://api.octo.ghe.com', 'https://api.octo.ghe.com', 'https://octo.ghe.com'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000', 'http://127.0.0.1:4000'],
  ])('with its API at %s has its repositories where they belong', (given, apiUrl, webUrl) => {
    expect(load({ ...withToken, PHASEWRIGHT_GITHUB_API: given }).github).toMatchObject({ apiUrl, webUrl });
  });

  it('has its repositories elsewhere when that is said', () => {
    const PHASEWRIGHT_GITHUB_URL = 'https://mirror.example.com/git/';
    expect(load({ ...withToken, PHASEWRIGHT_GITHUB_URL }).github).toMatchObject({
      apiUrl: 'https://api.github.com',
      webUrl: 'https://mirror.example.com/git',
    });
  });

  it.each([
    'api.github.com',
    'ftp://api.github.com',
    'https://robin:canary@git.example.com',
    'https://git.example.com/?token=canary',
    'https://git.example.com:99999',
    'https://',
    'https://git example.com',
  ])('is at no such address: %s', (url) => {
    for (const variable of ['PHASEWRIGHT_GITHUB_API', 'PHASEWRIGHT_GITHUB_URL', 'PHASEWRIGHT_WEB_UI'])
      expect(problemsOf({ [variable]: url })).toEqual([
        `${variable} must be an http(s) URL without user name and query.`,
      ]);
  });

  it('is looked at as often as is said, from each second to each hour', () => {
    const pollMs = (PHASEWRIGHT_GITHUB_POLL: string) =>
      load({ ...withToken, PHASEWRIGHT_GITHUB_POLL }).github?.pollMs;
    expect(['1s', '5m', '1h'].map(pollMs)).toEqual([1_000, 300_000, 3_600_000]);
    for (const bad of ['0s', '999ms', '61m', '60', '-5m', '1.5m', 'often'])
      expect(problemsOf({ ...withToken, PHASEWRIGHT_GITHUB_POLL: bad })).toEqual([
        `PHASEWRIGHT_GITHUB_POLL must be a duration from 1s to 1h, e.g. '60s', not '${bad}'.`,
      ]);
  });
});

describe('a secret', () => {
  const secrets = settingNames.filter((name) => fileVariable(name) !== undefined);
  const pem = '-----BEGIN PRIVATE KEY-----\ncanary-line\n-----END PRIVATE KEY-----';
  const valueOf = (name: (typeof secrets)[number]) => (name === 'githubAppKey' ? pem : `canary-${name}`);
  /** An App or a token, not both. */
  const together = [
    secrets.filter((name) => name !== 'githubAppKey'),
    secrets.filter((name) => name !== 'githubToken'),
  ];
  const beside = (names: typeof secrets): Environment => ({
    ...(names.includes('githubAppKey') ? { PHASEWRIGHT_GITHUB_APP_ID: '1' } : {}),
    PHASEWRIGHT_GITEA_URL: 'https://git.example.com',
    PHASEWRIGHT_CODE_HOST: 'gitea',
  });
  const inFile = (text: string) => {
    const path = join(temporaryFolder(), 'secret');
    writeFileSync(path, text);
    return path;
  };

  it('is each token, key and shared secret', () => {
    expect(secrets.map((name) => settings[name].variable)).toEqual([
      'PHASEWRIGHT_GITHUB_TOKEN',
      'PHASEWRIGHT_GITHUB_APP_KEY',
      'PHASEWRIGHT_GITEA_TOKEN',
      'PHASEWRIGHT_WEBHOOK_SECRET',
      'PHASEWRIGHT_SLACK_TOKEN',
      'PHASEWRIGHT_DISCORD_TOKEN',
      'PHASEWRIGHT_TELEGRAM_TOKEN',
      'PHASEWRIGHT_NOTICE_SECRET',
    ]);
  });

  it.each(together)('is the same from a variable and from a file', (...names) => {
    const direct = names.map((name) => [settings[name].variable, valueOf(name)]);
    const files = names.map((name) => [fileVariable(name), inFile(`${valueOf(name)}\n`)]);
    const [one, other] = [direct, files].map((entries) =>
      load({ ...beside(names), ...(Object.fromEntries(entries) as Environment) }),
    );
    expect(one?.github).toBeDefined();
    expect(one?.gitea).toBeDefined();
    expect(Object.values(one?.secrets ?? {})).not.toContain(undefined);
    expect([other?.github, other?.gitea, other?.secrets, other?.warnings]).toEqual([
      one?.github,
      one?.gitea,
      one?.secrets,
      [],
    ]);
  });

  it('from a variable wins over the one from a file', () => {
    const env = { PHASEWRIGHT_SLACK_TOKEN: 'direct', PHASEWRIGHT_SLACK_TOKEN_FILE: '/nowhere' };
    expect(load(env).secrets.slack).toBe('direct');
    expect(
      load({ PHASEWRIGHT_SLACK_TOKEN: '', PHASEWRIGHT_SLACK_TOKEN_FILE: inFile('x') }).secrets.slack,
    ).toBe('x');
  });

  it.each(together)('is in nothing that is logged or serialized', (...names) => {
    const env = Object.fromEntries(names.map((name) => [settings[name].variable, valueOf(name)]));
    const config = load({ ...beside(names), ...env });
    for (const text of [
      JSON.stringify(config),
      inspect(config, { depth: 10 }),
      JSON.stringify({ ...config }),
    ])
      expect(text).not.toContain('canary');
    for (const hidden of ['github', 'gitea', 'secrets']) expect(Object.keys(config)).not.toContain(hidden);
  });

  it('is in no error, whatever is wrong with it or beside it', () => {
    const ofAll = secrets.map((name) => [settings[name].variable, `canary ${name}\n`]);
    const everything = { ...(Object.fromEntries(ofAll) as Environment), PHASEWRIGHT_GITHUB_POLL: 'never' };
    const asPaths = Object.fromEntries(secrets.map((name) => [fileVariable(name), 'canary'])) as Environment;
    for (const env of [everything, asPaths]) {
      expect(problemsOf(env).length).toBeGreaterThan(4);
      try {
        load(env);
      } catch (error) {
        expect(inspect(error, { depth: 10 })).not.toContain('canary');
      }
    }
  });

  it('says which file cannot be read, or holds nothing', () => {
    expect(
      problemsOf({
        PHASEWRIGHT_GITHUB_TOKEN_FILE: '/nowhere/token',
        PHASEWRIGHT_WEBHOOK_SECRET_FILE: temporaryFolder(),
        PHASEWRIGHT_NOTICE_SECRET_FILE: inFile(' \n'),
      }),
    ).toEqual([
      'PHASEWRIGHT_GITHUB_TOKEN_FILE names a file that cannot be read (ENOENT).',
      'PHASEWRIGHT_WEBHOOK_SECRET_FILE names a file that cannot be read (EISDIR).',
      'The file of PHASEWRIGHT_NOTICE_SECRET_FILE must not be empty.',
    ]);
  });
});

it('has a meaning and a variable of its own for each setting', () => {
  const variables = settingNames.map((name) => settings[name].variable);

  expect(new Set(variables).size).toBe(settingNames.length);
  expect(
    settingNames.map((name) => settings[name].meaning).filter((meaning) => !/^[A-Z].*\.$/.test(meaning)),
  ).toEqual([]);
});

it('gives a host one id for ever', () => {
  const dataDir = join(temporaryFolder(), 'new');

  const id = hostId(dataDir);

  expect(id).toMatch(/^[a-z0-9]{10}$/);
  expect(hostId(dataDir)).toBe(id);
  expect(hostId(temporaryFolder())).not.toBe(id);
});

it('refuses a host id that was edited into something else', () => {
  const dataDir = temporaryFolder();
  writeFileSync(join(dataDir, 'host-id'), 'My Laptop\n');

  expect(() => hostId(dataDir)).toThrow("must hold one word of a-z and 0-9, not 'My Laptop'");
});
