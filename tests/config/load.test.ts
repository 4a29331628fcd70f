import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { hostId } from '../../config/host-id.ts';
import { type Config, type Environment, type Flags, loadConfig } from '../../config/load.ts';
import { settingNames, settings } from '../../config/schema.ts';
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
    buildId: undefined,
    faults: undefined,
    durable: false,
    logLevel: 'info',
    temporalCli: undefined,
    download: true,
    searchPath: '',
    warnings: [],
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
