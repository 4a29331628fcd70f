import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { cachedCliPath, findTemporalCli } from '../../temporal/cli.ts';
import { officialArchive } from '../../temporal/cli-archives.ts';
import { parseVersion } from '../../temporal/cli-check.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { testCli } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A program that answers like `temporal` of some version. */
function writeCli(
  path: string,
  { server = '1.29.1', flags = '--sqlite-pragma --dynamic-config-value --db-filename' } = {},
): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    `#!/bin/sh\nif [ "$1" = --version ]; then echo 'temporal version 9.9.9 (Server ${server}, UI 2.42.1)'; else echo '${flags}'; fi\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

async function serve(answer: () => { readonly status: number; readonly body: Buffer }): Promise<string> {
  const server = createServer((_request, response) => {
    const { status, body } = answer();
    response.writeHead(status).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/temporal.tar.gz`;
}

function archiveOf(program: string): Buffer {
  const folder = temporaryFolder();
  execFileSync('tar', ['-czf', join(folder, 'a.tar.gz'), '-C', dirname(program), 'temporal']);
  return readFileSync(join(folder, 'a.tar.gz'));
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

interface Found {
  readonly said: readonly string[];
  readonly cacheDir: string;
}
function seeker(cacheDir = temporaryFolder()): Found & {
  find(options: Partial<Parameters<typeof findTemporalCli>[0]>): ReturnType<typeof findTemporalCli>;
} {
  const said: string[] = [];
  return {
    said,
    cacheDir,
    find: (options) =>
      findTemporalCli({
        cacheDir,
        download: false,
        build: false,
        ...options,
        log: (line) => void said.push(line),
      }),
  };
}

it('uses the temporal on PATH when that is new enough', async () => {
  const folder = temporaryFolder();
  const path = writeCli(join(folder, 'temporal'));
  const { find, said } = seeker();

  expect(await find({ searchPath: `/nowhere:${folder}` })).toMatchObject({ path, from: 'path' });
  expect(said).toEqual([
    `Using temporal from PATH: ${path} (temporal version 9.9.9 (Server 1.29.1, UI 2.42.1)).`,
  ]);
});

it.each([
  ['its server is too old', { server: '1.28.4' }, 'it brings server 1.28.4, and we need 1.29 or later'],
  [
    'it lacks a flag',
    { flags: '--db-filename' },
    "its 'server start-dev' doesn't know --sqlite-pragma, --dynamic-config-value",
  ],
])('passes over the temporal on PATH when %s, and says so', async (_what, shape, reason) => {
  const folder = temporaryFolder();
  const { find, said, cacheDir } = seeker();
  writeCli(join(folder, 'temporal'), shape);
  const cached = writeCli(cachedCliPath(cacheDir));

  expect(await find({ searchPath: folder })).toMatchObject({ path: cached, from: 'cache' });
  expect(said[0]).toContain(reason);
});

it('refuses a given command that cannot be used, instead of taking another', async () => {
  const { find, cacheDir } = seeker();
  writeCli(cachedCliPath(cacheDir));

  await expect(find({ cliPath: '/nowhere/temporal' })).rejects.toMatchObject({
    code: 'NoServer',
    message: expect.stringContaining('/nowhere/temporal'),
  });
});

it('downloads, checks the digest and keeps the command for the next time', async () => {
  const body = archiveOf(writeCli(join(temporaryFolder(), 'temporal')));
  let requests = 0;
  const url = await serve(() => {
    requests += 1;
    return { status: 200, body };
  });
  const { find, cacheDir } = seeker();
  const archive = { urls: [url], sha256: sha256(body) };

  const first = await find({ download: true, archive });
  const second = await find({ download: true, archive });

  expect(first).toMatchObject({ from: 'download', path: cachedCliPath(cacheDir) });
  expect(second).toMatchObject({ from: 'cache', path: first.path });
  expect(requests).toBe(1);
  expect(readdirSync(cacheDir).filter((name) => name.startsWith('incoming-'))).toEqual([]);
});

it('throws away a download whose digest is another one, and never runs it', async () => {
  const marker = join(temporaryFolder(), 'ran');
  const evil = join(temporaryFolder(), 'temporal');
  writeFileSync(evil, `#!/bin/sh\ntouch ${marker}\n`, { mode: 0o755 });
  const url = await serve(() => ({ status: 200, body: archiveOf(evil) }));
  const { find, cacheDir } = seeker();

  await expect(find({ download: true, archive: { urls: [url], sha256: 'f'.repeat(64) } })).rejects.toThrow(
    /SHA-256 is [0-9a-f]{64}, not f{64}/,
  );
  expect(existsSync(marker)).toBe(false);
  expect(existsSync(cachedCliPath(cacheDir))).toBe(false);
});

it('tries the next address when one does not work, and says why each failed', async () => {
  const body = archiveOf(writeCli(join(temporaryFolder(), 'temporal')));
  const broken = await serve(() => ({ status: 503, body: Buffer.from('no') }));
  const good = await serve(() => ({ status: 200, body }));
  const { find } = seeker();

  expect(
    await find({ download: true, archive: { urls: [broken, good], sha256: sha256(body) } }),
  ).toMatchObject({ from: 'download' });
  await expect(
    seeker().find({ download: true, archive: { urls: [broken], sha256: sha256(body) } }),
  ).rejects.toThrow(/it answered with status 503/);
});

it('names every way when none works', async () => {
  const { find } = seeker();
  const error = await find({ searchPath: '' }).then(
    () => undefined,
    (reason: Error) => reason,
  );

  expect(error).toMatchObject({
    code: 'NoServer',
    problems: [
      "The official download didn't work: switched off.",
      "Building from the Go module didn't work: switched off.",
    ],
  });
  for (const way of [
    'PATH',
    'cache',
    'docs.temporal.io/cli',
    'PHASEWRIGHT_TEMPORAL_CLI',
    'Go',
    'TEMPORAL_ADDRESS',
  ])
    expect(error?.message).toContain(way);
});

it('replaces a cached command that is broken', async () => {
  const body = archiveOf(writeCli(join(temporaryFolder(), 'temporal')));
  const url = await serve(() => ({ status: 200, body }));
  const { find, said, cacheDir } = seeker();
  const path = cachedCliPath(cacheDir);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'half a download', { mode: 0o755 });

  expect(await find({ download: true, archive: { urls: [url], sha256: sha256(body) } })).toMatchObject({
    from: 'download',
    path,
  });
  expect(said.join('\n')).toContain('is broken');
});

it('fetches once when two processes ask at the same time', async () => {
  const body = archiveOf(writeCli(join(temporaryFolder(), 'temporal')));
  let requests = 0;
  const url = await serve(() => {
    requests += 1;
    return { status: 200, body };
  });
  const { find } = seeker();
  const archive = { urls: [url], sha256: sha256(body) };

  const found = await Promise.all([find({ download: true, archive }), find({ download: true, archive })]);

  expect(requests).toBe(1);
  expect(found.map(({ from }) => from).sort()).toEqual(['cache', 'download']);
});

it('says what Go said when the build fails', async () => {
  const moduleFolder = temporaryFolder();
  writeFileSync(join(moduleFolder, 'go.mod'), 'module example.com/nothing\n\ngo 1.21\n');
  writeFileSync(join(moduleFolder, 'go.sum'), '');
  const { find, said } = seeker();

  await expect(find({ moduleFolder, build: true })).rejects.toThrow(
    /'go list' failed in .*github\.com\/temporalio\/cli/,
  );
  expect(said.join('\n')).toContain('takes about 3 to 4 minutes');
});

it('keeps its cache apart by the pinned modules', () => {
  const moduleFolder = temporaryFolder();
  cpSync(join(packageRoot(), 'temporal', 'cli', 'go.sum'), join(moduleFolder, 'go.sum'));
  expect(cachedCliPath('/cache', moduleFolder)).toBe(cachedCliPath('/cache'));

  writeFileSync(join(moduleFolder, 'go.sum'), 'another one\n');
  expect(cachedCliPath('/cache', moduleFolder)).not.toBe(cachedCliPath('/cache'));
});

it('knows an archive for Linux and macOS, and none for what it has no digest of', () => {
  const platforms = [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
  ] as const;
  const digests = platforms.map(([platform, arch]) => officialArchive(platform, arch)?.sha256);

  expect(new Set(digests).size).toBe(4);
  expect(officialArchive('linux', 'x64')?.urls[0]).toBe(
    'https://temporal.download/cli/archive/v1.5.1?platform=linux&arch=amd64',
  );
  expect(officialArchive('sunos', 'x64')).toBeUndefined();
});

it('reads versions of releases and of builds, and nothing else', () => {
  expect(parseVersion('temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)\n')?.server).toBe('1.29.1');
  expect(parseVersion('temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)\n')?.server).toBe('1.29.1');
  expect(parseVersion('tctl version 1.18.0\n')).toBeUndefined();
});

it('finds its package from the sources and from the built code', () => {
  const root = packageRoot();
  const installed = join(temporaryFolder(), 'node_modules', 'phasewright');
  mkdirSync(join(installed, 'dist', 'temporal'), { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));

  expect(packageRoot(join(root, 'temporal', 'cli'))).toBe(root);
  expect(packageRoot(join(installed, 'dist', 'temporal'))).toBe(installed);
  expect(() => packageRoot('/')).toThrow('the installation is incomplete');
});

it('runs the real command that this test run uses', async () => {
  const path = await testCli();

  expect(await seeker().find({ cliPath: path })).toMatchObject({
    path,
    from: 'given',
    version: expect.stringMatching(/Server 1\.(29|[3-9]\d)\./),
  });
});
