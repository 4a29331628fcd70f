/** What a real Gitea says of pushes that it does not take, and what that is taken for. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createGitea } from '../../activities/code-host/gitea/index.ts';
import { createSimpleGit } from '../../activities/git/simple-git/index.ts';
import { noFence } from '../activities/git/support.ts';
import { type Gitea, type GiteaUser, startGitea } from '../support/gitea/index.ts';
import { describeOnGitea } from './describe-on-gitea.ts';

const repository = { kind: 'hosted', owner: 'acme', name: 'shop' } as const;
const workspace = { owner: 'play', repository, host: 'host-1' };

describeOnGitea('a push that Gitea does not take', () => {
  let gitea: Gitea;
  let folder: string;
  let writer: GiteaUser;
  let reader: GiteaUser;
  /** Changes the licence; on a branch without rules. */
  let sha: string;
  beforeAll(async () => {
    gitea = await startGitea();
    writer = await gitea.addUser('writer');
    reader = await gitea.addUser('reader');
    await gitea.createRepository('acme/shop', [writer]);
    const at = '/repos/acme/shop';
    const content = Buffer.from('Another one\n').toString('base64');
    const change = { branch: 'main', new_branch: 'other', message: 'Change it', content };
    const made = await gitea.api<{ commit: { sha: string } }>('POST', `${at}/contents/LICENSE`, change);
    ({ sha } = made.commit);
    for (const rule of [
      { rule_name: 'guarded', enable_push: true, protected_file_patterns: 'LICENSE' },
      { rule_name: 'closed', enable_push: false },
    ]) {
      await gitea.api('POST', `${at}/branches`, { new_branch_name: rule.rule_name, old_branch_name: 'main' });
      await gitea.api('POST', `${at}/branch_protections`, rule);
    }
    folder = mkdtempSync(join(tmpdir(), 'phasewright-gitea-pushes-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await gitea.stop();
  });

  async function push(branch: string, token: string): Promise<unknown> {
    const { authorization } = createGitea({ url: gitea.url, token }).git;
    const hosted = { webUrl: gitea.url, authorization };
    const port = createSimpleGit({
      dataDir: join(folder, branch, token.slice(0, 4)),
      hostId: 'host-1',
      env: process.env,
      hosted,
    });
    const { sha: expected } = await port.resolveBase(repository, 'main');
    return port
      .push(workspace, [{ ref: `refs/heads/${branch}`, expected, sha }], noFence)
      .catch((error: unknown) => error);
  }

  it('is told apart by what a commit holds, what a branch allows and what a token may', async () => {
    expect(await push('guarded', writer.token)).toMatchObject({
      code: 'ContentRefused',
      message: expect.stringMatching(
        /acme\/shop refused the push of guarded: remote: .*changing file license/,
      ),
    });
    expect(await push('closed', writer.token)).toMatchObject({
      code: 'PushRejected',
      message: expect.stringMatching(/acme\/shop refused the push of closed: remote: .*protected branch/),
    });
    expect(await push('main', reader.token)).toMatchObject({
      code: 'PushRejected',
      message: expect.stringContaining('right to push there'),
    });
  });
});
