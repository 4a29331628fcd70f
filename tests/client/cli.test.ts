import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { git } from '../support/git.ts';
import { type CliPlace, cli, newPlace } from './terminal.ts';

let place: CliPlace;
beforeEach(() => {
  place = newPlace();
});
afterEach(() => rmSync(place.cwd, { recursive: true, force: true }));

const write = (text: string) => writeFileSync(join(place.cwd, 'project.yaml'), text);
const valid = 'name: Shop\nrepository: .\nphases:\n  - name: Data model\n    tasks: [Add the table]\n';

describe('a call that makes no sense', () => {
  it.each([
    [['approve'], "missing required argument 'slug'"],
    [['reject', 'shop'], "required option '--comment <text>' not specified"],
    [['reject', 'shop', '--comment', ' '], 'A rejection needs a --comment'],
    [['approve', 'shop', '--phase', 'two'], 'whole number from 1'],
    [['approve', 'shop', '--head', 'HEAD'], 'commit SHA'],
    [['skip', 'shop'], 'Name the --phase'],
    [['skip', 'shop', '--task', '2.1'], 'phasewright amend'],
    [['status', ''], '<slug> is empty.'],
    [['answer', 'shop', ' '], '<text> is empty.'],
    [['approve', 'shop', '--gate', ''], 'It is empty.'],
    [['logs', 'shop', '--task', 'first'], 'PHASE.TASK'],
    [['extend-budget', 'shop'], '--usd or --tokens'],
    [['extend-budget', 'shop', '--usd', '-3'], 'number above 0'],
    [['uninstall'], '--dry-run'],
    [['stats'], 'Did you mean status?'],
    [['status', 'shop', '--colour'], "unknown option '--colour'"],
  ])('%j ends with exit code 2 and says why', async (args, why) => {
    const run = await cli(place, ...args);
    expect([run.exitCode, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain(why);
  });

  it('is JSON with --json', async () => {
    const run = await cli(place, 'reject', 'shop', '--json', '--comment', '');
    expect(run.exitCode).toBe(2);
    expect(JSON.parse(run.stdout)).toEqual({
      error: { code: 'Usage', message: expect.stringContaining('A rejection needs a --comment') },
    });
    const unknown = await cli(place, 'status', '--json');
    expect(JSON.parse(unknown.stdout)).toEqual({
      error: { code: 'Usage', message: "missing required argument 'slug'" },
    });
  });
});

describe('help and version', () => {
  it('end well', async () => {
    expect(await cli(place, '--version')).toEqual({ exitCode: 0, stdout: '1.2.3\n', stderr: '' });
    const help = await cli(place, '--help');
    expect(help.exitCode).toBe(0);
    for (const name of [
      'init',
      'validate',
      'dev',
      'demo',
      'worker',
      'start',
      'task',
      'list',
      'status',
      'review',
      'approve',
      'reject',
      'retry',
      'pause',
      'resume',
      'cancel',
      'skip',
      'amend',
      'message',
      'answer',
      'extend-budget',
      'logs',
      'pr',
      'open',
      'doctor',
      'uninstall',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name}( |$)`, 'm'));
    }
  });

  it('of retry say how to start anew at the tip', async () => {
    expect((await cli(place, 'retry', '--help')).stdout).toContain('--fresh');
  });

  it('of a subcommand show the global options, too', async () => {
    expect((await cli(place, 'pr', 'diff', '--help')).stdout).toContain('--json');
  });
});

describe('without a server', () => {
  it('a command says so and names dev', async () => {
    const run = await cli(place, 'status', 'shop');
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/^NoServer: .*phasewright dev/s);
  });

  it('with an address where nothing answers, it names the address', async () => {
    const run = await cli(place, 'list', '--address', '127.0.0.1:1', '--json');
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout)).toEqual({
      error: { code: 'ServerUnavailable', message: expect.stringContaining('127.0.0.1:1') },
    });
  });

  it('a wrong setting is one error', async () => {
    const run = await cli(place, 'list', '--address', 'http://here');
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain('InvalidConfig:');
  });
});

describe('validate', () => {
  it('prints every problem with file, line and column', async () => {
    write(
      'name: Shop\nrepository: ./nowhere\nchekcs: [npm test]\nphases:\n  - name: Data model\n    tasks: []\n',
    );
    const run = await cli(place, 'validate', 'project.yaml');
    expect(run.exitCode).toBe(1);
    expect(run.stdout.split('\n').map((line) => line.slice(0, 40))).toEqual([
      expect.stringMatching(/^project\.yaml:2:13: repository: /),
      expect.stringMatching(/^project\.yaml:3:1: chekcs: /),
      expect.stringMatching(/^project\.yaml:6:\d+: phases\[0\]\.tasks: /),
      '3 problems.',
      '',
    ]);
  });

  it('finds a base that the repository does not have', async () => {
    git(place.cwd, 'init', '-q', '-b', 'main');
    write(`${valid}base: trunk\n`);
    const run = await cli(place, 'validate', 'project.yaml', '--json');
    expect(run.exitCode).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({
      valid: false,
      problems: [{ line: 6, column: 7, path: 'base', message: expect.stringContaining("no branch 'trunk'") }],
    });
  });

  it('is content with a project file, and makes nothing', async () => {
    git(place.cwd, 'init', '-q', '-b', 'main');
    write(valid);
    const run = await cli(place, 'validate', 'project.yaml');
    expect(run).toEqual({
      exitCode: 0,
      stdout: "project.yaml is valid: 'Shop' (shop), 1 phase, 1 task.\n",
      stderr: '',
    });
    expect(existsSync(place.home)).toBe(false);
  });

  it('says what to do when there is no such file', async () => {
    const run = await cli(place, 'validate', 'other.yaml');
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toContain(
      "The project file other.yaml does not exist; 'phasewright init' writes one.",
    );
  });
});

describe('init', () => {
  it('writes files that are valid, and never overwrites', async () => {
    git(place.cwd, 'init', '-q', '-b', 'main');
    writeFileSync(join(place.cwd, 'package.json'), '{}');
    const first = await cli(place, 'init');
    expect(first.stdout).toContain('Wrote project.yaml');
    expect(readFileSync(join(place.cwd, 'project.yaml'), 'utf8')).toContain('checks: [npm test]');
    expect((await cli(place, 'validate', 'project.yaml')).exitCode).toBe(0);

    write('mine: true\n');
    const again = await cli(place, 'init');
    expect(again.stdout).toContain('Kept  project.yaml');
    expect(readFileSync(join(place.cwd, 'project.yaml'), 'utf8')).toBe('mine: true\n');
  });

  it('explains every key', async () => {
    const run = await cli(place, 'init', '--explain');
    for (const key of ['name', 'limits.attempts', 'approval.remind_after', 'phases[].tasks[].title'])
      expect(run.stdout).toMatch(new RegExp(`^${key.replace(/[[\].]/g, '\\$&')} `, 'm'));
    expect(existsSync(join(place.cwd, 'project.yaml'))).toBe(false);
  });
});

describe('uninstall', () => {
  it('lists what is ours and leaves the rest', async () => {
    mkdirSync(join(place.home, 'artifacts'), { recursive: true });
    for (const name of ['host-id', 'agents.yaml', 'letters.txt']) writeFileSync(join(place.home, name), 'x');
    const listed = JSON.parse((await cli(place, 'uninstall', '--dry-run', '--json')).stdout) as {
      removed: boolean;
      items: { path: string }[];
    };
    expect(listed.removed).toBe(false);
    expect(listed.items.map(({ path }) => path)).toEqual([
      join(place.home, 'artifacts'),
      join(place.home, 'host-id'),
    ]);
    expect(existsSync(join(place.home, 'artifacts'))).toBe(true);

    expect((await cli(place, 'uninstall', '--yes')).exitCode).toBe(0);
    expect(
      ['artifacts', 'host-id', 'agents.yaml', 'letters.txt'].map((name) =>
        existsSync(join(place.home, name)),
      ),
    ).toEqual([false, false, true, true]);
  });

  it('keeps its hands off a folder that is not ours', async () => {
    mkdirSync(join(place.home, 'artifacts'), { recursive: true });
    const run = await cli(place, 'uninstall', '--yes');
    expect(run.exitCode).toBe(1);
    expect(existsSync(join(place.home, 'artifacts'))).toBe(true);
  });
});

describe('doctor', () => {
  it('warns when nothing holds together what programs start, and says how to change that', async () => {
    const run = await cli(
      { ...place, env: { ...place.env, PHASEWRIGHT_CONTAINMENT: 'none' } },
      'doctor',
      '--json',
    );
    const found = JSON.parse(run.stdout) as { what: string; state: string; detail: string }[];
    expect(found.find(({ what }) => what === 'Processes')).toMatchObject({
      state: 'warning',
      detail: expect.stringContaining('Install bubblewrap') as unknown,
    });
  });

  it('says what it found, and warns without a server', async () => {
    const run = await cli(place, 'doctor', '--json');
    const found = JSON.parse(run.stdout) as { what: string; state: string }[];
    expect(found.map(({ what }) => what)).toEqual([
      'Node',
      'git',
      'Data folder',
      'Processes',
      'Agents',
      'Variables',
      'Notification channels',
      'Code host',
      'Temporal server',
    ]);
    expect(found.at(-1)).toMatchObject({ state: 'warning' });
    expect(run.exitCode).toBe(0);
  });
});
