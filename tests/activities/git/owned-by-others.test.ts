/** Repositories of this machine that belong to another user, as a bind mount in a container does. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { PortError } from '../../../activities/support/errors.ts';
import { createWorld, noFence, type World } from './support.ts';

const isRoot = process.getuid?.() === 0;
// Only root can give a repository away; elsewhere there is none to test with.
const withOthers = isRoot ? describe : describe.skip;

withOthers('a repository of another user, of which only root can make one', () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
    execFileSync('chown', ['-R', 'nobody', world.repository]);
  });
  afterEach(() => world.remove());

  function workerWith(config: string, more: Readonly<Record<string, string>> = {}) {
    writeFileSync(join(world.root, '.gitconfig'), config);
    const env = { PATH: process.env['PATH'], HOME: world.root, GIT_CONFIG_NOSYSTEM: '1', ...more };
    return createSimpleGit({ dataDir: join(world.root, 'worker'), hostId: 'host-1', env });
  }
  const safe = (...values: readonly string[]) =>
    `[safe]\n${values.map((value) => `\tdirectory = "${value}"\n`).join('')}`;

  async function works(port: ReturnType<typeof workerWith>): Promise<void> {
    const { workspace, base } = world;
    // A folder of its own for branches, so that git has to say where one is checked out.
    execFileSync('git', [
      '-C',
      world.repository,
      '-c',
      'safe.directory=*',
      'worktree',
      'add',
      '-q',
      '../more',
      '-b',
      'more',
    ]);
    writeFileSync(join(world.repository, '.git', 'config'), '[include]\n\tpath = nothing\n', { flag: 'a' });
    execFileSync('chown', ['-R', 'nobody', world.repository, join(world.root, 'more')]);

    expect(await port.resolveBase(workspace.repository, null)).toEqual({ branch: 'main', sha: base });
    const pushed = await port.push(
      workspace,
      [{ ref: 'refs/heads/ours', expected: null, sha: base }],
      noFence,
    );
    expect(pushed.kind).toBe('pushed');
    expect(await port.checkedOutAt(workspace.repository, 'more')).toBe(join(world.root, 'more'));
  }

  it.each<[string, (repository: string) => string]>([
    ['all', () => safe('*')],
    ['its folder', (repository) => safe('/elsewhere', repository)],
    ['its .git folder', (repository) => safe(join(repository, '.git'))],
    ['a folder below the home folder', () => safe('~/a person’s repo')],
  ])('works where the configuration of the worker’s user trusts %s', async (_what, config) => {
    await works(workerWith(config(world.repository)));
  });

  it('works where a variable of the worker trusts it', async () => {
    await works(
      workerWith('', {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: world.repository,
      }),
    );
  });

  it.each<[string, string]>([
    ['says nothing', ''],
    ['trusts another one', safe('/elsewhere')],
    ['took its trust back', safe('*', '')],
  ])('is refused with a way that works where the configuration %s', async (_what, config) => {
    const port = workerWith(config);
    const error: unknown = await port.fetch(world.workspace.repository).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(PortError);
    const { code, message } = error as PortError;
    expect(code).toBe('RepositoryNotFound');
    const [, way = ''] = /Run as \w+: (git config .*)$/.exec(message) ?? [];
    execFileSync('sh', ['-c', way], { env: { PATH: process.env['PATH'], HOME: world.root } });
    await port.fetch(world.workspace.repository);
  });

  it('brings nothing else of that configuration into a command', async () => {
    const ran = join(world.root, 'ran');
    const config = `${safe('*')}[core]\n\thooksPath = ${world.root}/hooks\n\tfsmonitor = "touch '${ran}'"\n[uploadpack]\n\tpackObjectsHook = "touch '${ran}'; exit 1"\n`;
    await works(workerWith(config));
    expect(() => execFileSync('ls', [ran], { stdio: 'pipe' })).toThrow();
  });
});
