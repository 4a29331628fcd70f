import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { searchAttributes } from '../../domain/names/search-attributes.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../temporal/embedded-server.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { anyFreePort } from '../../temporal/ports.ts';
import { missingSearchAttributes } from '../../temporal/search-attributes.ts';
import { testCli } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Service {
  readonly image?: string;
  readonly build?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
}

const root = packageRoot();
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text) as Compose;
const services = Object.entries(compose.services);

function specificationProblems(file: unknown): readonly string[] {
  const { $schema: _, ...schema } = JSON.parse(
    readFileSync(join(root, 'tests', 'docker', 'compose-spec.json'), 'utf8'),
  ) as Record<string, unknown>;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile(schema);
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

it('is a valid Compose file', () => {
  expect(services.length).toBe(7);
  expect(specificationProblems(compose)).toEqual([]);
});

it('would be told of a mistake by the specification', () => {
  const broken = {
    ...compose,
    services: { ...compose.services, worker: { ...compose.services.worker, volume: [] } },
  };

  expect(specificationProblems(broken)).toEqual(['/services/worker must NOT have additional properties']);
});

it('binds every port to the loopback', () => {
  const ports = services.flatMap(([, service]) => service.ports ?? []);

  expect(ports).toEqual(['127.0.0.1:7233:7233', '127.0.0.1:8233:8080', '127.0.0.1:8234:8234']);
});

it('has no default password, and no image of an unknown version', () => {
  const passwords = services.flatMap(([, { environment = {} }]) =>
    Object.entries(environment).filter(([name]) => /PASSWORD|PWD/.test(name)),
  );
  const images = services.flatMap(([, { image, build }]) =>
    image === undefined || build !== undefined ? [] : [image],
  );

  expect(passwords).toHaveLength(3);
  for (const [, value] of passwords) expect(value).toMatch(/^\$\{POSTGRES_PASSWORD:\?.*\}$/);
  for (const image of images) expect(image).toMatch(/:\d+(\.\d+)*$/);
});

it('starts each service after what it needs, and names only what exists', () => {
  for (const [name, { depends_on = {}, volumes = [], networks = [] }] of services) {
    for (const [needed, { condition }] of Object.entries(depends_on)) {
      const { healthcheck } = compose.services[needed] ?? {};
      expect({
        name,
        needed,
        fits:
          condition === 'service_healthy'
            ? healthcheck !== undefined
            : condition === 'service_completed_successfully',
      }).toEqual({ name, needed, fits: true });
    }
    for (const volume of volumes) {
      const [source = ''] = volume.split(':');
      expect({
        volume,
        exists: source.startsWith('.') ? existsSync(join(root, source)) : source in compose.volumes,
      }).toEqual({ volume, exists: true });
    }
    for (const network of networks) expect(Object.keys(compose.networks)).toContain(network);
  }
});

it('keeps the database in a named volume and away from the worker', () => {
  expect(compose.services.postgresql).toMatchObject({
    image: 'postgres:16',
    volumes: ['postgresql:/var/lib/postgresql/data'],
  });
  expect(compose.services.worker?.networks).not.toContain('database');
});

it('hears webhooks only where that is asked for, and its health check is a program', () => {
  const asked = services.filter(([, { profiles = [] }]) => profiles.length > 0);
  const [, , , program = ''] = asked[0]?.[1].healthcheck?.test ?? [];

  expect(asked.map(([name, { profiles }]) => [name, profiles])).toEqual([['webhooks', ['webhooks']]]);
  expect(() => new Script(program)).not.toThrow();
});

it('gives the server the settings that make it quick', () => {
  const settings = parse(readFileSync(join(root, 'docker', 'dynamic-config.yaml'), 'utf8')) as Record<
    string,
    readonly { readonly value: unknown }[]
  >;

  expect(settings['history.transferProcessorMaxPollRPS']).toEqual([{ value: 1000 }]);
});

it('copies into the image only what the build stage has', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY --from=build \/build\/(\S+)/gm)].map(([, path = '']) => path);

  expect(copied).toContain('flows');
  for (const path of copied)
    expect({ path, known: ['node_modules', 'dist'].includes(path) || existsSync(join(root, path)) }).toEqual({
      path,
      known: true,
    });
  expect(dockerfile).toMatch(/^USER node$/m);
});

it.each(['setup-schema.sh', 'setup-namespace.sh'])(
  '%s is a script that a plain shell understands',
  (script) => {
    execFileSync('sh', ['-n', join(root, 'docker', script)]);
    expect(statSync(join(root, 'docker', script)).isFile()).toBe(true);
  },
);

let server: EmbeddedServer;
beforeAll(async () => {
  server = await startEmbeddedServer({
    dataDir: temporaryFolder(),
    headless: true,
    environment: process.env,
    port: await anyFreePort(),
    findCli: testCli,
    log: () => undefined,
  });
});
afterAll(() => server.stop());

it('sets up a namespace with retention and search attributes, as often as it is run', async () => {
  const bin = join(temporaryFolder(), 'bin');
  mkdirSync(bin);
  symlinkSync(await testCli(), join(bin, 'temporal'));
  const run = (): string =>
    execFileSync('sh', [join(root, 'docker', 'setup-namespace.sh')], {
      encoding: 'utf8',
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: temporaryFolder(),
        TEMPORAL_ADDRESS: server.address,
        TEMPORAL_NAMESPACE: 'team',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });

  expect(run()).toContain('Namespace team is ready.');
  expect(run()).toContain('Namespace team is ready.');

  const connection = await Connection.connect({ address: server.address });
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'team' });
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
  expect(await missingSearchAttributes(connection, 'team')).toEqual([]);
  await connection.close();
});

it('registers exactly the search attributes that the code uses', () => {
  const script = readFileSync(join(root, 'docker', 'setup-namespace.sh'), 'utf8');
  const registered = [...script.matchAll(/^register (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => [
    name,
    type.toUpperCase(),
  ]);

  expect(Object.fromEntries(registered)).toEqual(searchAttributes);
});
