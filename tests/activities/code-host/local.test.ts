/** What only the local code host does: files for people, checkouts left alone, merges whose answer got lost. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLocalCodeHost } from '../../../activities/code-host/local/index.ts';
import type { MergeRequest } from '../../../activities/code-host/port.ts';
import type { Git } from '../../../activities/git/port.ts';
import { PortError } from '../../../activities/support/errors.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { type LocalRig, makeLocalRig } from './rig.ts';

const opener = fileURLToPath(new URL('./opener.ts', import.meta.url));

describe('the local code host', () => {
  let rig: LocalRig;
  beforeEach(() => {
    rig = makeLocalRig();
    rig.person.commit('work', { 'work.txt': 'work\n' }, 'main');
  });
  afterEach(() => rig.remove());

  const repository = () => rig.workspace.repository;
  const open = (host = rig.host, where: RepositoryRef = repository()) =>
    host.openPullRequest({
      repository: where,
      headBranch: 'work',
      baseBranch: 'main',
      title: 'Add work',
      body: 'Why.',
    });
  const tip = (branch: string) => rig.person.tip(branch) ?? 'none';
  const treeOf = (sha: string): string => rig.person.git(['rev-parse', `${sha}^{tree}`], rig.person.bare);
  const mergeOf = async (number: number): Promise<MergeRequest> => ({
    repository: repository(),
    number,
    workspace: rig.workspace,
    expectedHeadSha: tip('work'),
    expectedBaseSha: tip('main'),
    method: 'merge',
    metadata: { date: '2026-11-21T10:00:00Z', subject: 'Merge', body: '', trailers: [] },
    fence: await rig.fence(),
  });
  /** The host on a git that loses the answer of its next push, which goes through. */
  const forgetful = () => {
    let lost = false;
    const git: Git = {
      ...rig.git,
      push: async (...request) => {
        const result = await rig.git.push(...request);
        if (lost) return result;
        lost = true;
        throw new PortError('GitUnavailable', 'The line dropped after the push.');
      },
    };
    return createLocalCodeHost({ git, dataDir: rig.dataDir });
  };

  it('opens one of many processes at once', async () => {
    const run = promisify(execFile);
    const args = [opener, rig.dataDir, rig.person.bare, 'work', 'main'];
    const outputs = await Promise.all(Array.from({ length: 5 }, () => run(process.execPath, args)));
    expect(outputs.map(({ stdout }) => stdout).sort()).toEqual(['1', ...Array(4).fill('AlreadyExists')]);
  });

  it('counts from 1, and never gives a number twice', async () => {
    const first = await open();
    expect(first.number).toBe(1);
    await rig.host.closePullRequest({ repository: repository(), number: 1 });
    expect((await open()).number).toBe(2);
  });

  it('keeps a page for people at the URL, and makes it again when it is lost', async () => {
    const { url, number } = await open();
    await rig.reviewer.submitReview({
      repository: repository(),
      number,
      state: 'APPROVED',
      body: 'Fine \u001b[31m.',
    });
    const page = readFileSync(fileURLToPath(url), 'utf8');
    expect(page).toContain('# #1: Add work');
    expect(page).toContain(`\`work\` at \`${tip('work')}\``);
    expect(page).toContain("git diff 'main...work'");
    expect(page).toContain('Fine \\u{1b}[31m.');
    rmSync(fileURLToPath(url));
    const again = await rig.host.getPullRequest({ repository: repository(), number });
    expect(readFileSync(fileURLToPath(again.url), 'utf8')).toBe(page);
  });

  it('keeps its files from other users, and leaves no temporary ones', async () => {
    const { url } = await open();
    const pulls = join(fileURLToPath(url), '..');
    expect(readdirSync(pulls).sort()).toEqual(['1.json', '1.md']);
    expect(statSync(join(pulls, '1.json')).mode & 0o077).toBe(0);
    expect(statSync(pulls).mode & 0o077).toBe(0);
  });

  it('knows a repository again by another way to its folder', async () => {
    const link = join(rig.person.folder, 'link.git');
    symlinkSync(rig.person.bare, link);
    await open();
    await expect(open(rig.host, { kind: 'path', path: link })).rejects.toMatchObject({
      code: 'AlreadyExists',
    });
  });

  it('refuses a repository that lives on a code host, by name', async () => {
    await expect(open(rig.host, { kind: 'hosted', owner: 'acme', name: 'shop' })).rejects.toMatchObject({
      code: 'NoCodeHost',
      message: expect.stringContaining('acme/shop') as unknown,
    });
  });

  it('refuses a record in a form that it does not know, instead of guessing', async () => {
    const { url } = await open();
    const path = fileURLToPath(url).replace(/md$/, 'json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"schema": 1', '"schema": 2'));
    await expect(rig.host.getPullRequest({ repository: repository(), number: 1 })).rejects.toMatchObject({
      code: 'UnknownSchema',
      message: expect.stringContaining(path) as unknown,
    });
  });

  it('reads a record of an earlier version, which lacks what came later, and goes on with it', async () => {
    const { url, number } = await open();
    const id = { repository: repository(), number };
    await rig.host.comment({ ...id, marker: '<!-- m -->', body: 'Said.' });
    await rig.reviewer.submitReview({ ...id, state: 'APPROVED', body: '' });
    const path = fileURLToPath(url).replace(/md$/, 'json');
    const { lines: _, ...record } = JSON.parse(readFileSync(path, 'utf8')) as {
      lines: unknown;
      comments: Record<string, unknown>[];
      reviews: Record<string, unknown>[];
    };
    for (const entry of [...record.comments, ...record.reviews]) delete entry['bot'];
    for (const entry of record.comments) delete entry['createdAt'];
    writeFileSync(path, JSON.stringify(record));

    const [comment] = await rig.host.listComments(id);
    expect(comment).toMatchObject({ author: 'phasewright', bot: false, createdAt: comment?.updatedAt });
    expect(await rig.host.listReviews(id)).toMatchObject([{ author: 'rita', bot: false }]);
    expect(await rig.host.listReviewComments(id)).toEqual([]);
    const remark = { path: 'work.txt', line: 1, body: 'Why?' };
    await rig.reviewer.submitReview({ ...id, state: 'COMMENTED', body: 'Hm.', comments: [remark] });
    expect(await rig.host.listReviewComments(id)).toMatchObject([remark]);
    expect(readFileSync(fileURLToPath(url), 'utf8')).toContain('**rita** on work.txt, line 1:\n\nWhy?');
  });

  it('keeps when a comment was first written, although its text changed', async () => {
    let time = Date.parse('2026-11-21T10:00:00Z');
    const host = createLocalCodeHost({ git: rig.git, dataDir: rig.dataDir, clock: () => new Date(time) });
    const { number } = await open(host);
    const comment = { repository: repository(), number, marker: '<!-- m -->', body: 'Open.' };
    await host.comment(comment);
    time += 60_000;
    expect(await host.comment({ ...comment, body: 'Decided.' })).toMatchObject({
      createdAt: '2026-11-21T10:00:00.000Z',
      updatedAt: '2026-11-21T10:01:00.000Z',
    });
  });

  it('refuses statuses in a form that it does not know', async () => {
    const { url } = await open();
    const sha = tip('work');
    await rig.host.setStatus({
      repository: repository(),
      sha,
      context: 'c',
      state: 'pending',
      description: '',
    });
    const path = join(fileURLToPath(url), '..', '..', 'statuses', `${sha}.json`);
    expect(statSync(path).mode & 0o077).toBe(0);
    writeFileSync(path, '{"schema": 2}');
    await expect(rig.host.listChecks(repository(), sha)).rejects.toMatchObject({ code: 'UnknownSchema' });
  });

  it('refuses texts that other hosts would refuse', async () => {
    const { number } = await open();
    const change = (texts: { title?: string; body?: string }) =>
      rig.host.updatePullRequest({ repository: repository(), number, ...texts });
    await expect(change({ body: 'x'.repeat(65_537) })).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(change({ title: 'two\nlines' })).rejects.toMatchObject({ code: 'InvalidMessage' });
    await expect(change({ body: 'x'.repeat(65_536) })).resolves.toMatchObject({ number });
  });

  describe('when the answer of the push got lost', () => {
    it('finds its own merge, and the fence that it left', async () => {
      const { number } = await open();
      const request = await mergeOf(number);
      await expect(forgetful().mergePullRequest(request)).rejects.toMatchObject({ code: 'GitUnavailable' });
      const landed = tip('main');
      expect(await rig.host.mergePullRequest(request)).toEqual({
        kind: 'merged',
        sha: landed,
        tree: treeOf(landed),
        fence: await rig.fence(),
        onBase: true,
      });
      expect((await rig.fence()).sha).not.toBe(request.fence.sha);
      expect(tip('main')).toBe(landed);
    });

    it('finds it although somebody looked at the pull request, and somebody else pushed on top', async () => {
      const { number } = await open();
      const request = await mergeOf(number);
      await expect(forgetful().mergePullRequest(request)).rejects.toThrow('dropped');
      const landed = tip('main');
      rig.person.commit('main', { 'later.txt': 'later\n' });
      expect((await rig.host.getPullRequest({ repository: repository(), number })).state).toBe('merged');
      rig.person.deleteBranch('work');
      expect(await rig.host.mergePullRequest(request)).toEqual({
        kind: 'merged',
        sha: landed,
        tree: treeOf(landed),
        fence: await rig.fence(),
        onBase: true,
      });
    });

    it('finds a squash as well', async () => {
      const { number } = await open();
      const request: MergeRequest = { ...(await mergeOf(number)), method: 'squash' };
      await expect(forgetful().mergePullRequest(request)).rejects.toThrow('dropped');
      expect(await rig.host.mergePullRequest(request)).toMatchObject({ kind: 'merged', sha: tip('main') });
    });
  });

  describe('when the base is checked out', () => {
    const checkOut = (name: string) => {
      const path = join(rig.person.folder, name);
      rig.person.git(['worktree', 'add', '--quiet', path, 'main'], rig.person.bare);
      return path;
    };

    it('touches nothing, says where, and gives the command that merges', async () => {
      const { number } = await open();
      const where = checkOut("Pia's checkout");
      const before = tip('main');
      const result = await rig.host.mergePullRequest(await mergeOf(number));
      if (result.kind !== 'checked_out') throw new Error(result.kind);
      expect(result.where).toBe(where);
      expect(tip('main')).toBe(before);
      expect(rig.person.git(['status', '--porcelain'], where)).toBe('');
      expect(await rig.fence()).toEqual({ epoch: 1, sha: null });

      await promisify(execFile)('sh', ['-c', `${result.command} --no-edit`], {
        env: {
          PATH: process.env['PATH'],
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_AUTHOR_NAME: 'Pia',
          GIT_AUTHOR_EMAIL: 'pia@example.org',
          GIT_COMMITTER_NAME: 'Pia',
          GIT_COMMITTER_EMAIL: 'pia@example.org',
        },
      });
      expect(rig.person.git(['rev-parse', `${tip('main')}^2`], rig.person.bare)).toBe(tip('work'));
      expect(await rig.host.mergePullRequest(await mergeOf(number))).toMatchObject({
        kind: 'merged',
        sha: tip('main'),
      });
    });

    it('says so for a squash with the commands of a squash', async () => {
      const { number } = await open();
      const where = checkOut('plain');
      expect(await rig.host.mergePullRequest({ ...(await mergeOf(number)), method: 'squash' })).toEqual({
        kind: 'checked_out',
        where,
        command: `git -C ${where} merge --squash work && git -C ${where} commit --no-edit`,
      });
    });
  });

  it('is content with a squash by hand where a squash was asked for', async () => {
    const { number } = await open();
    const request: MergeRequest = { ...(await mergeOf(number)), method: 'squash' };
    const sha = rig.person.merge('work', 'main', '--squash');
    expect(await rig.host.mergePullRequest(request)).toEqual({
      kind: 'merged',
      sha,
      tree: treeOf(sha),
      fence: request.fence,
      onBase: true,
    });
  });

  it('does not take a head that was reset to the base for a merge', async () => {
    const { number } = await open();
    rig.person.git(['push', '--quiet', '--force', 'origin', `${tip('main')}:refs/heads/work`]);
    rig.person.commit('main', { 'later.txt': 'later\n' });
    expect((await rig.host.getPullRequest({ repository: repository(), number })).state).toBe('open');
  });

  it('says that the head is gone when it should be merged', async () => {
    const { number } = await open();
    const request = await mergeOf(number);
    rig.person.deleteBranch('work');
    expect(await rig.host.mergePullRequest(request)).toEqual({ kind: 'head_moved', headSha: null });
  });

  it('does not let a host that lost the workspace merge', async () => {
    const { number } = await open();
    const request = await mergeOf(number);
    await rig.git.push(rig.workspace, [], { epoch: 2, sha: null });
    await expect(rig.host.mergePullRequest(request)).rejects.toMatchObject({ code: 'FencedOut' });
    expect(tip('main')).toBe(request.expectedBaseSha);
  });
});
