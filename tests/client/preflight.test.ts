/** What the command line says of a repository before anything is started: each kind that can't be worked with, and each that can. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { readProjectFile } from '../../client/cli/files.ts';
import { git } from '../support/git.ts';
import { type CliPlace, type CliRun, cli, newPlace } from './terminal.ts';

let place: CliPlace;
beforeEach(() => {
  place = newPlace();
});
afterEach(() => rmSync(place.cwd, { recursive: true, force: true }));

/** A repository with two commits, in a folder of the place. */
function repository(name: string, ...options: readonly string[]): string {
  const folder = join(place.cwd, name);
  mkdirSync(folder);
  git(folder, 'init', '-q', '-b', 'main', ...options);
  for (const text of ['one', 'two']) {
    writeFileSync(join(folder, 'a.txt'), text);
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', text);
  }
  return folder;
}

function validate(where: string, more = '', at = place.cwd): Promise<CliRun> {
  const text = `name: Shop\nrepository: ${where}\n${more}phases:\n  - name: Data model\n    tasks: [Add the table]\n`;
  writeFileSync(join(at, 'project.yaml'), text);
  return cli({ ...place, cwd: at }, 'validate', 'project.yaml');
}

describe('validate names the way out of', () => {
  it('folders that the repository does not have, each with its place', async () => {
    const folder = repository('up');
    mkdirSync(join(folder, 'shop'));
    writeFileSync(join(folder, 'shop', 'a.txt'), 'one');
    git(folder, 'add', '-A');
    git(folder, 'commit', '-q', '-m', 'More');
    expect((await validate('./up', 'paths: [shop]\n')).exitCode).toBe(0);
    const { stdout } = await validate('./up', 'paths: [shop, a.txt, pay]\n');
    expect(stdout).toContain("project.yaml:3:15: paths[1]: 'a.txt' is no folder of the repository at HEAD.");
    expect(stdout).toContain("project.yaml:3:22: paths[2]: 'pay' is no folder of the repository at HEAD.");
  });

  it('a shallow clone', async () => {
    git(place.cwd, 'clone', '-q', '--depth', '1', `file://${repository('up')}`, 'here');
    const said = await validate('./here');
    expect([said.exitCode, said.stdout]).toEqual([1, expect.stringContaining('git fetch --unshallow')]);
    expect(said.stdout).toMatch(/^project\.yaml:2:13: repository: .*here is a shallow clone/);
  });

  it('a partial clone, also when it is bare', async () => {
    git(repository('up'), 'config', 'uploadpack.allowFilter', 'true');
    const up = `file://${join(place.cwd, 'up')}`;
    git(place.cwd, 'clone', '-q', '--filter=blob:none', up, 'here');
    git(place.cwd, 'clone', '-q', '--bare', '--filter=tree:0', up, 'bare.git');
    for (const where of ['./here', './bare.git'])
      expect((await validate(where)).stdout).toContain('is a partial clone');
  });

  // Only root can give a repository away.
  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('a repository of another user, of which only root can make one', async () => {
    const folder = repository("ann's");
    execFileSync('chown', ['-R', 'nobody', folder]);
    const { stdout } = await validate(`"./ann's"`);
    const [, way = ''] = /Run as \w+: (git config .*)$/m.exec(stdout) ?? [];
    execFileSync('sh', ['-c', way], { env: { PATH: process.env['PATH'], HOME: place.cwd } });

    expect((await cli(place, 'validate', 'project.yaml')).stdout).toContain('is valid');
  });

  it('a SHA-256 repository', async () => {
    repository('here', '--object-format=sha256');
    expect((await validate('./here')).stdout).toContain('is a SHA-256 repository, which is not supported.');
  });

  it('a clone that was cut at a date, seen from a worktree of it', async () => {
    git(place.cwd, 'clone', '-q', '--depth', '1', `file://${repository('up')}`, 'here');
    git(join(place.cwd, 'here'), 'worktree', 'add', '-q', '--detach', '../beside');
    expect((await validate('./beside')).stdout).toContain('is a shallow clone');
  });
});

describe('a folder below the top', () => {
  it('means the repository around it', async () => {
    const top = repository('top');
    const api = join(top, 'services', 'api');
    mkdirSync(api, { recursive: true });
    expect((await validate('.', '', api)).exitCode).toBe(0);
    const read = await readProjectFile('project.yaml', { cwd: api, env: process.env });
    expect(read).toMatchObject({ kind: 'read', file: { folder: top, input: { repository: top } } });
  });

  it.each([
    ['a bare repository', ['--bare'], 'bare.git'],
    ['the folder .git itself', [], 'plain/.git'],
  ])('is not looked for above %s', async (_what, options, where) => {
    const folder = join(place.cwd, where.split('/')[0] ?? '');
    git(place.cwd, 'clone', '-q', ...options, repository('up'), folder);
    await validate(`./${where}`);
    const read = await readProjectFile('project.yaml', { cwd: place.cwd, env: process.env });
    expect(read).toMatchObject({ kind: 'read', file: { folder: join(place.cwd, where) } });
  });

  it('gets commands from init that run there from the top', async () => {
    const api = join(repository('top'), "an api's");
    mkdirSync(api);
    writeFileSync(join(api, 'Makefile'), 'test:\n\ttrue\n');
    await cli({ ...place, cwd: api }, 'init');
    const { checks, repository: named } = parse(readFileSync(join(api, 'project.yaml'), 'utf8')) as {
      checks: readonly string[];
      repository: string;
    };
    expect([named, checks]).toEqual(['.', [`cd 'an api'\\''s' && make test`]]);
    expect((await cli({ ...place, cwd: api }, 'validate', 'project.yaml')).exitCode).toBe(0);
  });
});

it.each([
  ['GIT_DIR', '/nonexistent'],
  ['GIT_INDEX_FILE', '/nonexistent'],
  ['GIT_OBJECT_DIRECTORY', '/nonexistent'],
])('asks the repository that the file names, whatever %s says', async (name, value) => {
  repository('here');
  place = { ...place, env: { [name]: value } };
  expect(await validate('./here', 'base: main\n')).toMatchObject({ exitCode: 0, stderr: '' });
});

it('a branch where ours would begin is told with the key that helps', async () => {
  git(repository('here'), 'branch', 'project');
  const said = await validate('./here');
  expect([said.exitCode, said.stdout]).toEqual([
    1,
    expect.stringContaining('start it anew with another `branch_prefix:`'),
  ]);
  expect((await validate('./here', 'branch_prefix: bots\n')).exitCode).toBe(0);
  git(join(place.cwd, 'here'), 'branch', 'bots');
  expect((await validate('./here', 'branch_prefix: bots/ai\n')).stdout).toMatch(
    /^project\.yaml:3:16: branch_prefix: .*because 'bots' is/,
  );
});

it('warns of filters that a worker may not allow', async () => {
  const here = repository('here');
  writeFileSync(join(here, '.gitattributes'), '*.bin filter=lfs\n');
  git(here, 'add', '-A');
  git(here, 'commit', '-q', '-m', 'Attributes');
  expect((await validate('./here')).stderr).toContain(".gitattributes:1 names the filter 'lfs'");
});

describe('submodules', () => {
  const withSubmodules = (...names: readonly string[]): void => {
    const up = repository('up');
    const here = repository('here');
    for (const name of names)
      git(here, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', up, name);
    git(here, 'commit', '-q', '-m', 'Submodules');
  };

  it('are warned of while no setup command fetches them', async () => {
    withSubmodules('libs/a b');
    const said = await validate('./here');
    expect(said).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('the submodule libs/a b') });
    expect(said.stderr).toContain("setup: ['git submodule update --init']");
    const json = await cli(place, 'validate', 'project.yaml', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ warnings: [expect.stringContaining('libs/a b')] });
  });

  it('are nothing to warn of with such a command, or where only their record is left', async () => {
    withSubmodules('one', 'two');
    expect((await validate('./here')).stderr).toContain('2 submodules (one, …)');
    expect((await validate('./here', "setup: ['git submodule update --init --recursive']\n")).stderr).toBe(
      '',
    );
    git(join(place.cwd, 'here'), 'rm', '-q', '--cached', 'one', 'two');
    git(join(place.cwd, 'here'), 'commit', '-q', '-m', 'Vendored');
    expect((await validate('./here')).stderr).toBe('');
  });
});
