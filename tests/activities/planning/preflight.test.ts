/** What a worker turns away before anything is made, whoever started it: repositories that no project can run on. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { createPlanningActivities } from '../../../activities/planning/activities.ts';
import { commit, git } from '../git/support.ts';

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'phasewright-preflight-')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A repository with these files on main, in a folder of its own. */
function repository(
  name: string,
  files: Readonly<Record<string, string>> = { 'a.txt': 'one' },
  ...options: readonly string[]
): string {
  const path = join(folder, name);
  mkdirSync(path);
  git(path, 'init', '-q', '-b', 'main', ...options);
  commit(path, files);
  commit(path, { 'b.txt': 'two' });
  return path;
}

const shipped = (name: string): string =>
  execFileSync('cat', [new URL(`../../../flows/${name}.yaml`, import.meta.url).pathname], {
    encoding: 'utf8',
  });

function activities() {
  const dataDir = join(folder, 'data');
  return createPlanningActivities({
    git: createSimpleGit({ dataDir, hostId: 'host-1', env: { PATH: process.env['PATH'], HOME: folder } }),
    artifacts: createFileArtifacts({ root: join(dataDir, 'artifacts') }),
    hostId: 'host-1',
    roles: () => ['implementer', 'gatekeeper'],
    missingPrograms: () => ({}),
    shippedFlows: { default: shipped('default'), project: shipped('project') },
    notifyKinds: ['stdout'],
    codeHosts: [],
  });
}

const plan = (where: string, more: object = {}) =>
  activities().planProject({
    input: { name: 'Shop', repository: where, phases: [{ name: 'One', tasks: ['Do it'] }], ...more },
    workflowId: 'project.shop',
  });

/** Type and text of the refusal; it is final. */
async function refusal(work: Promise<unknown>): Promise<readonly [string, string]> {
  const error: unknown = await work.then(
    () => new Error('It was planned.'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApplicationFailure)) throw error;
  expect(error.nonRetryable).toBe(true);
  return [error.type ?? '', error.message];
}

describe('a repository that no project can run on', () => {
  it('is refused when it is a shallow clone', async () => {
    git(folder, 'clone', '-q', '--depth', '1', `file://${repository('whole')}`, 'shallow');
    expect(await refusal(plan(join(folder, 'shallow')))).toEqual([
      'UnusableRepository',
      expect.stringContaining(
        'shallow clone, which lacks the history that merges need. Run there: git fetch --unshallow',
      ),
    ]);
  });

  it('is refused when it is a partial clone', async () => {
    git(repository('giving'), 'config', 'uploadpack.allowFilter', 'true');
    git(folder, 'clone', '-q', '--filter=blob:none', `file://${join(folder, 'giving')}`, 'partial');
    expect(await refusal(plan(join(folder, 'partial')))).toEqual([
      'UnusableRepository',
      expect.stringContaining('is a partial clone'),
    ]);
  });

  it('is refused when its objects are SHA-256, by path and over the network', async () => {
    const path = repository('sha256', undefined, '--object-format=sha256');
    const expected = ['UnusableRepository', expect.stringContaining('SHA-256 repository')];
    expect(await refusal(plan(path))).toEqual(expected);
    const { url, close } = await serve(folder);
    expect(await refusal(plan(`${url}/sha256`))).toEqual(expected);
    await close();
  });

  it('is named when the path leads to a folder inside it', async () => {
    const top = repository('top', { 'services/api/a.txt': 'one' });
    expect(await refusal(plan(join(top, 'services', 'api')))).toEqual([
      'RepositoryNotFound',
      expect.stringContaining(
        `services/api is a folder inside the repository ${top}. Write that one as the repository.`,
      ),
    ]);
    expect(await refusal(plan(join(folder, 'data')))).toEqual(['RepositoryNotFound', expect.anything()]);
  });

  it('is told beside the other problems of the input', async () => {
    const [type, text] = await refusal(plan(join(folder, 'shallow'), { phases: [] }));
    expect([type, text]).toEqual(['InvalidProject', expect.stringContaining('repository: ')]);
    expect(text).toContain('git fetch --unshallow');
  });
});

/** The repositories of a folder over HTTP, for everybody to read. */
async function serve(root: string): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://host');
    const child = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    request.pipe(child.stdin);
    const parts: Buffer[] = [];
    child.stdout.on('data', (part: Buffer) => void parts.push(part));
    child.once('close', () => {
      const output = Buffer.concat(parts);
      const end = output.indexOf('\r\n\r\n');
      const headers = output.toString('latin1', 0, end).split('\r\n');
      const fields = Object.fromEntries(headers.map((line) => line.split(': ') as [string, string]));
      response.writeHead(Number.parseInt(fields['Status'] ?? '200', 10), fields);
      response.end(output.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}`, close };
}
