/** Bad days of git with the code host, through whole projects: nobody has to retry anything. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { eventually } from '../support/eventually.ts';
import { faults, type GitHubDouble } from '../support/github-double/index.ts';
import { noApprovals, type Rig } from '../support/rig.ts';
import { type GitHubFixture, startGitHubFixture, token } from './github-fixture.ts';

const input = { ...noApprovals, phases: [{ name: 'Only', tasks: ['Do it'] }] };

/** Until work of these workflows was tried again for this reason; what is said of it. */
const troubled = (rig: Rig, handles: readonly WorkflowHandle[], words: string): Promise<string> =>
  eventually(`pending work that says: ${words}`, async () => {
    for (const { workflowId } of handles) {
      const described = await rig.client.workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => undefined);
      const said = (described?.raw.pendingActivities ?? []).map(
        ({ lastFailure }) => lastFailure?.message ?? '',
      );
      const found = said.find((text) => text.includes(words));
      if (found !== undefined) return found;
    }
    return undefined;
  });

const outcome = { status: 'done', phases: [{ tasks: [{ status: 'done', attempts: 1 }] }] };

describe('git on a bad day of GitHub', () => {
  let github: GitHubFixture;
  let double: GitHubDouble;
  beforeAll(async () => {
    github = await startGitHubFixture();
    ({ double } = github);
  });
  afterEach(() => double.clearFaults());
  afterAll(() => github.close());

  async function start(name: string) {
    const { rig } = github;
    const slug = rig.slug(name);
    const handle = await rig.start(slug, { ...input, repository: github.repository().name });
    const handles = [handle, rig.phase(slug, 1), rig.task(slug, 1, 1)];
    return { slug, handle, until: (words: string) => troubled(rig, handles, words) };
  }

  it('goes on by itself after what storage, gateways and the network do, and with another commit after what a scan found', async () => {
    double.fail({ on: 'git fetch', fault: faults.truncated });
    double.fail({ on: 'git fetch', fault: faults.badGateway(), after: 3 });
    double.fail({ on: 'git push', fault: faults.unavailable() });
    double.fail({ on: 'git push', fault: faults.dropBefore, times: 2, after: 1 });
    const storage = faults.rejected('failure', 'fatal error in commit_refs');
    double.fail({ on: 'git push', fault: storage, times: 1_000, after: 2 });
    const { slug, handle, until } = await start('stormy');
    expect(await until('commit_refs')).toMatch(
      /could not take the push of \S+, and is asked again: remote: fatal error/,
    );
    double.clearFaults();
    const scan = faults.rejected(
      'push declined due to repository rule violations',
      'error: GH013: Repository rule violations found for refs/heads/x.',
      '- Push cannot contain secrets',
    );
    double.fail({ on: 'git push', fault: scan });
    expect(await handle.result()).toMatchObject({ phases: [{ tasks: [{ status: 'done', attempts: 2 }] }] });
    expect(github.rig.readArtifact(`${slug}/1/1/2/prompt.md`)).toContain('Push cannot contain secrets');
    expect(double.nonConforming()).toEqual([]);
  });

  it('says that single sign-on or a dead token stands against it, and goes on within a moment of the mending', async () => {
    const link = 'https://github.example/orgs/acme/sso?authorization_request=1';
    const words = `The 'acme' organization has enabled or enforced SAML SSO. Visit ${link}`;
    // From its first push on: what is refused before that turns the project away.
    const refuse = () => double.fail({ on: 'git fetch', fault: faults.refusedGit(403, words), times: 1_000 });
    double.fail({ on: 'git push', fault: faults.meanwhile(refuse) });
    const { handle, until } = await start('locked');
    expect(await until(link)).toContain('goes on by itself');
    double.clearFaults();
    double.fail({ on: 'git fetch', fault: faults.meanwhile(() => double.revoke(token)) });
    expect(await until('terminal prompts disabled')).toContain('give the worker another one');
    double.addUser('robin', { kind: 'user', token });
    expect(await handle.result()).toMatchObject(outcome);
  });
});

it('waits for git to know the token of an App that was just made, at start and at a push', async () => {
  const github = await startGitHubFixture({
    as(double) {
      const { appId, privateKey } = double.addApp({ slug: 'phase-wright', owner: 'acme' });
      return { kind: 'app', appId: String(appId), privateKey, installationId: null };
    },
  });
  const { double, rig } = github;
  try {
    const unknown = faults.refusedGit(401, 'Invalid username or token.');
    double.fail({ on: 'git fetch', fault: unknown });
    double.fail({ on: 'git push', fault: unknown, after: 2 });
    const { name } = github.repository();
    const handle = await rig.start(rig.slug('fresh'), { ...input, repository: name });
    expect(await handle.result()).toMatchObject(outcome);
    expect(double.faultsLeft()).toBe(0);
  } finally {
    await github.close();
  }
});
