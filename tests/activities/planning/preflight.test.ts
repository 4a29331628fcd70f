/** What a worker turns away before anything is made, whoever started it: repositories that no project can run on. */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { createFileArtifacts } from '../../../activities/artifacts/file/index.ts';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { createPlanningActivities } from '../../../activities/planning/activities.ts';
import { serveGit } from '../../support/git-over-http.ts';
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

interface Worker {
  readonly filters?: readonly string[];
  /** What the user of the worker has configured for all of their git. */
  readonly gitConfig?: string;
}

function activities({ filters, gitConfig = '' }: Worker = {}) {
  const dataDir = join(folder, 'data');
  writeFileSync(join(folder, '.gitconfig'), gitConfig);
  return createPlanningActivities({
    git: createSimpleGit({
      dataDir,
      hostId: 'host-1',
      env: { PATH: process.env['PATH'], HOME: folder },
      filters,
    }),
    artifacts: createFileArtifacts({ root: join(dataDir, 'artifacts') }),
    hostId: 'host-1',
    roles: () => ['implementer', 'gatekeeper'],
    missingPrograms: () => ({}),
    shippedFlows: { default: shipped('default'), project: shipped('project') },
    notifyKinds: ['stdout'],
    codeHosts: [],
    hostFor: () => ({ examineBase: async () => ({ problems: [], warnings: [] }) }),
  });
}

const plan = (where: string, more: object = {}, worker: Worker = {}) =>
  activities(worker).planProject({
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

  it('is refused at once when its remote lets nobody in, although later it would be waited for', async () => {
    repository('closed');
    const { url, close } = await serveGit(folder, () => false);
    expect(await refusal(plan(`${url}/closed`))).toEqual([
      'RepositoryNotFound',
      expect.stringContaining('terminal prompts disabled'),
    ]);
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

describe('the folders that a project works in', () => {
  const files = { 'services/shop/a.txt': '1', 'libs/ui': 'a file', ':odd/a.txt': '2' };

  it('are those of the plan', async () => {
    const planned = await plan(repository('folders', files), { paths: ['services/shop/', ':odd'] });
    expect(planned.workspace.paths).toEqual(['services/shop', ':odd']);
  });

  it('are refused where base has none of that name, each of them', async () => {
    const path = repository('fewer', files);
    const [type, text] = await refusal(plan(path, { paths: ['services', 'services/Shop', 'libs/ui', 'x'] }));
    expect(type).toBe('InvalidProject');
    for (const name of ['services/Shop', 'libs/ui', 'x'])
      expect(text).toContain(`paths: '${name}' is no folder of the repository at main.`);
    expect(text).not.toContain("'services' is");
  });
});

describe('a filter that attributes name', () => {
  const rot = '[filter "crypt"]\n\tclean = tr a-y b-z\n\tsmudge = tr b-z a-y\n\trequired\n';
  const secrets = {
    '.gitattributes': '# filter=none\nsecrets/** filter=crypt\n',
    'secrets/one.env': 'key=aaaa',
  };

  it('is refused with files and setting, unless the operator allows it and their git defines it', async () => {
    const path = repository('filtered', secrets);
    const [type, text] = await refusal(plan(path));
    expect(type).toBe('UnusableRepository');
    expect(text).toContain(
      "secrets/one.env needs the filter 'crypt' (.gitattributes:2), which this worker does not allow.",
    );
    expect(text).toContain('--filters crypt (or PHASEWRIGHT_FILTERS)');

    const [, undefinedText] = await refusal(plan(path, {}, { filters: ['crypt'] }));
    expect(undefinedText).toContain('set filter.crypt.clean and filter.crypt.smudge there');
    expect(await plan(path, {}, { filters: ['crypt'], gitConfig: rot })).toMatchObject({ slug: 'shop' });
  });

  it('is never taken from the configuration of the repository', async () => {
    const path = repository('own', secrets);
    writeFileSync(join(path, '.git', 'config'), rot, { flag: 'a' });
    expect((await refusal(plan(path, {}, { filters: ['crypt'] })))[1]).toContain('does not define it');
  });

  it('is found in macros, in nested attributes, and where no file matches yet', async () => {
    const path = repository('spread', {
      '.gitattributes': '[attr]heavy filter=lfs diff=lfs -text\n*.psd heavy\n',
      'art/a.psd': '1',
      'art/b.psd': '2',
      'art/c/d.psd': '3',
      'art/e.psd': '4',
      'data/.gitattributes': '"a b/*.csv" text filter=big.data\n',
    });
    const [, text] = await refusal(plan(path));
    expect(text).toContain(
      "art/a.psd, art/b.psd, art/c/d.psd, … and 1 more need the filter 'lfs' (.gitattributes:1)",
    );
    expect(text).toContain("data/.gitattributes:1 names the filter 'big.data', which");
  });

  it('turns away a standalone task as well', async () => {
    const work = activities().planTask({
      input: { title: 'Fix', repository: join(folder, 'filtered') },
      workflowId: 'task.fix',
    });
    expect((await refusal(work))[0]).toBe('UnusableRepository');
  });
});

describe('a repository that can be read and not be written', () => {
  it('is refused over the network in the words of the other side', async () => {
    const path = repository('public');
    const { url, close } = await serve(folder);
    const [type, text] = await refusal(plan(`${url}/public`));
    expect([type, text]).toEqual([
      'UnusableRepository',
      expect.stringContaining('nothing can be pushed to it: '),
    ]);
    expect(text).toContain('returned error: 403');
    git(path, 'config', 'http.receivepack', 'true');
    expect(await plan(`${url}/public`)).toMatchObject({ base: { branch: 'main' } });
    expect(git(path, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
    await close();
  });

  it('is refused where a push asks for a login that nobody gave', async () => {
    repository('login');
    const { url, close } = await serve(folder, true);
    const [type, text] = await refusal(plan(`${url}/login`));
    await close();
    expect([type, text]).toEqual([
      'UnusableRepository',
      expect.stringMatching(/could not read Username|Authentication/),
    ]);
  });

  // Nothing is closed to root.
  (process.getuid?.() === 0 ? it.skip : it)('is refused when its folder is not ours to write', async () => {
    const path = repository('foreign');
    chmodSync(join(path, '.git', 'objects'), 0o555);
    const [type, text] = await refusal(plan(path));
    chmodSync(join(path, '.git', 'objects'), 0o755);
    expect([type, text]).toEqual(['UnusableRepository', expect.stringContaining('.git/objects: EACCES')]);
  });
});

it('warns of submodules that no setup command fetches, and starts', async () => {
  const path = repository('parent');
  const add = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', repository('child')];
  git(path, ...add, 'libs/child');
  git(path, 'commit', '-q', '-m', 'A submodule');
  expect((await plan(path)).warnings).toEqual([expect.stringContaining('the submodule libs/child')]);
  const setup = ['git submodule update --init'];
  expect(await plan(path, { setup })).not.toHaveProperty('warnings');
});

/** The repositories of a folder over HTTP, for everybody to read. */
async function serve(
  root: string,
  pushNeedsLogin = false,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://host');
    if (pushNeedsLogin && search.includes('receive-pack'))
      return void response.writeHead(401, { 'www-authenticate': 'Basic realm="here"' }).end();
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
