/** The fixture itself: a real server that survives what tests do to it, and takes git over HTTP as we push. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { git } from '../support/git.ts';
import { type Gitea, type GiteaUser, startGitea } from '../support/gitea/index.ts';
import { processesOf } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { describeOnGitea } from './describe-on-gitea.ts';

describeOnGitea('the Gitea of the tests', () => {
  let gitea: Gitea;
  let robin: GiteaUser;
  let pia: GiteaUser;
  beforeAll(async () => {
    gitea = await startGitea();
    robin = await gitea.addUser('robin');
    pia = await gitea.addUser('pia');
  });
  afterAll(() => gitea.stop());

  let repositories = 0;
  const newRepository = async (): Promise<{ readonly name: string; readonly clone: string }> => {
    repositories += 1;
    const name = `acme/shop-${repositories}`;
    await gitea.createRepository(name, [robin]);
    const clone = temporaryFolder();
    git(clone, 'clone', '--quiet', gitea.remote(name, robin), '.');
    return { name, clone };
  };
  const commit = (clone: string, subject: string): string => {
    git(clone, 'commit', '--quiet', '--allow-empty', '-m', subject);
    return git(clone, 'rev-parse', 'HEAD');
  };
  const tip = (name: string, ref: string): string =>
    git(gitea.path(name), 'for-each-ref', '--format=%(objectname)', ref);

  it('takes a push over HTTP from whoever has a token and may write', async () => {
    const { name, clone } = await newRepository();
    const sha = commit(clone, 'By robin');

    git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/work');
    expect(tip(name, 'refs/heads/work')).toBe(sha);
    expect(await gitea.api('GET', `/repos/${name}/branches/work`, undefined, robin.token)).toMatchObject({
      commit: { id: sha },
    });
    expect(() => git(clone, 'push', gitea.remote(name, pia), 'HEAD:refs/heads/hers')).toThrow(
      /permission denied for writing/,
    );
    const nobody = gitea.remote(name, { ...robin, token: 'wrong' });
    expect(() => git(clone, 'push', nobody, 'HEAD:refs/heads/theirs')).toThrow(/Authentication failed/);
    expect(tip(name, 'refs/heads/hers') + tip(name, 'refs/heads/theirs')).toBe('');
  });

  it('takes an atomic push of branches and refs of our own with leases, or nothing of it', async () => {
    const { name, clone } = await newRepository();
    const first = commit(clone, 'First');
    const fence = 'refs/phasewright/fence';
    const push = (expected: string, sha: string): string =>
      git(
        clone,
        'push',
        '--atomic',
        '--porcelain',
        `--force-with-lease=refs/heads/work:${expected}`,
        `--force-with-lease=${fence}:${expected}`,
        'origin',
        `${sha}:refs/heads/work`,
        `${sha}:${fence}`,
      );

    push('', first);
    expect([tip(name, 'refs/heads/work'), tip(name, fence)]).toEqual([first, first]);
    const second = commit(clone, 'Second');
    push(first, second);
    expect([tip(name, 'refs/heads/work'), tip(name, fence)]).toEqual([second, second]);
    const third = commit(clone, 'Third');
    expect(() => push(first, third)).toThrow(/stale info|failed to push/);
    expect([tip(name, 'refs/heads/work'), tip(name, fence)]).toEqual([second, second]);
  });

  it('comes back after a kill with everything that it had said', async () => {
    const { name, clone } = await newRepository();
    commit(clone, 'Before the kill');
    git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/work');
    const pull = { head: 'work', base: 'main', title: 'Before' };
    const opened = await gitea.api<{ number: number }>('POST', `/repos/${name}/pulls`, pull, robin.token);

    await gitea.kill();
    await expect(fetch(gitea.url)).rejects.toThrow();
    expect(() => git(clone, 'push', 'origin', 'HEAD:refs/heads/away')).toThrow();
    await gitea.start();

    const path = `/repos/${name}/pulls/${opened.number}`;
    expect(await gitea.api('GET', path, undefined, robin.token)).toMatchObject({ title: 'Before' });
    git(clone, 'push', '--quiet', 'origin', 'HEAD:refs/heads/again');
    expect(tip(name, 'refs/heads/again')).not.toBe('');
  });

  it('knows who asked for what', async () => {
    const before = gitea.requests().length;
    await gitea.api('GET', '/user', undefined, robin.token);
    await gitea.api('GET', '/user?here=1', undefined, pia.token);

    await eventually('both in its log', () => gitea.requests().length === before + 2);
    expect(gitea.requests().slice(before)).toEqual([
      { login: 'robin', method: 'GET', path: '/api/v1/user', status: 200 },
      { login: 'pia', method: 'GET', path: '/api/v1/user?here=1', status: 200 },
    ]);
  });

  it('leaves nothing behind', async () => {
    const other = await startGitea();
    await other.createRepository('acme/gone');
    const folder = other.path('acme/gone').replace(/\/data\/.*/, '');
    expect(processesOf(folder)).not.toEqual([]);

    await other.stop();
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
