/** What npm installs: packed, put into an empty folder, and run there by the machine's own Node, as a user would. */
import { beforeAll, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../temporal/package-root.ts';
import { testCli } from '../support/servers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const run = promisify(execFile);
const folder = temporaryFolder();
const home = join(folder, 'home');
let packed: readonly string[] = [];

/** Ours, without what npm and Jest tell their children: the checkout's tools on the PATH, npm's idea of the current project. */
function environment(): NodeJS.ProcessEnv {
  const foreign =
    /^(npm_(package|lifecycle|command|execpath|node_execpath|config_(local_prefix|prefix|global_prefix))|INIT_CWD|NODE_OPTIONS|NODE_ENV|JEST_|TEMPORAL_|PHASEWRIGHT_)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  const searchPath = (process.env['PATH'] ?? '')
    .split(':')
    .filter((entry) => !entry.includes(`${sep}node_modules${sep}`));
  return { ...Object.fromEntries(own), PATH: searchPath.join(':'), PHASEWRIGHT_HOME: home };
}

async function inFolder(program: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}) {
  const { stdout } = await run(program, [...args], {
    cwd: folder,
    env: { ...environment(), ...extra },
    maxBuffer: 16 << 20,
  });
  return stdout;
}

const phasewright = (args: readonly string[], extra?: NodeJS.ProcessEnv): Promise<string> =>
  inFolder('npx', ['--no-install', 'phasewright', ...args], extra);

beforeAll(async () => {
  // Without it npm would look for a project above the folder.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  await run('npm', ['pack', '--pack-destination', folder], { cwd: packageRoot(), env: environment() });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
  const listed = await inFolder('tar', ['-tzf', tarball]);
  packed = listed.trim().split('\n');
  await inFolder('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`]);
});

it('holds the built rooms and what they read, and no tests, benchmark or sources', () => {
  const files = packed.map((path) => path.replace(/^package\//, ''));

  expect(files).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'bin/phasewright.js',
      'dist/cli/licenses.txt',
      'dist/cli/main.js',
      'dist/client/cli/main.js',
      'dist/client/index.d.ts',
      'dist/client/index.js',
      'dist/workers/examine-code-host.js',
      'dist/workers/main.js',
      'dist/workers/replay.js',
      'dist/workflows/index.js',
      'docs/operations.md',
      'examples/agents.yaml',
      'examples/library/package.json',
      'examples/project.yaml',
      'examples/script.yaml',
      'flows/default.yaml',
      'flows/project.yaml',
      'package.json',
      'schemas/project.schema.json',
      'temporal/cli/go.mod',
      'temporal/cli/go.sum',
      'temporal/test-server/pom.xml',
    ]),
  );
  const foreign =
    /(^|\/)(tests|bench|node_modules|\.ci|\.git)\/|(?<!\.d)\.ts$|\.test\.|^(dist\/)?(jest|tsconfig|biome|knip)/;
  expect(files.filter((file) => foreign.test(file) && !file.startsWith('examples/library/test/'))).toEqual(
    [],
  );
});

it('runs as `npx phasewright` on the Node of the machine, and says its version', async () => {
  const { version } = JSON.parse(
    await inFolder('node', ['-p', "JSON.stringify(require('phasewright/package.json'))"]),
  ) as { version: string };

  expect((await phasewright(['--version'])).trim()).toBe(version);
});

it('validates a project file, and names what is wrong in one', async () => {
  await inFolder('git', ['init', '-q', '-b', 'main', 'library']);
  await inFolder('git', [
    ...['-C', 'library', '-c', 'user.name=A Person', '-c', 'user.email=person@example.invalid'],
    ...['commit', '-q', '--allow-empty', '-m', 'First commit'],
  ]);
  const project = 'name: Mine\nrepository: ./library\nphases:\n  - name: One\n    tasks: [Do it]\n';
  writeFileSync(join(folder, 'good.yaml'), project);
  writeFileSync(join(folder, 'bad.yaml'), project.replace('tasks:', 'taks:'));

  expect(await phasewright(['validate', 'good.yaml'])).toContain('good.yaml');
  await expect(phasewright(['validate', 'bad.yaml'])).rejects.toMatchObject({
    stdout: expect.stringMatching(/bad\.yaml:5:\d+: .*taks/),
  });
});

it('gives the SDK to whoever imports it', async () => {
  const program = "import('phasewright').then((sdk) => console.log(typeof sdk.createPhasewrightClient))";

  expect((await inFolder('node', ['-e', program])).trim()).toBe('function');
});

it('runs the demo to its end: server, worker, bundled workflows, merged base', async () => {
  const temporal = { PHASEWRIGHT_TEMPORAL_CLI: await testCli() };

  const said = await phasewright(['demo', '--pace', '0', '--home', home], temporal);

  expect(said).toContain('the integration branch into main');
  expect(said).toContain('node --test passed (20 tests)');
  expect(said).not.toContain('NOT AS IT SHOULD BE');
});
