/** A gate that waits on GitHub while something there has to be mended: said in the status, and heard again by itself. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createPhasewrightClient, type PhasewrightClient } from '../../client/phasewright-client.ts';
import { statusText } from '../../client/cli/text/status-text.ts';
import { plain } from '../../client/cli/text/lines.ts';
import { eventually } from '../support/eventually.ts';
import { faults } from '../support/github-double/faults.ts';
import { type GitHubFixture, startGitHubFixture, token } from './github-fixture.ts';
import { type ProjectDriver, startProject } from './project-driver.ts';

let github: GitHubFixture;
let phasewright: PhasewrightClient;
beforeAll(async () => {
  github = await startGitHubFixture({ pollMs: 300 });
  const { client, taskQueue } = github.rig;
  phasewright = await createPhasewrightClient({ client }, { taskQueue });
});
afterAll(async () => {
  expect(github.double.nonConforming()).toEqual([]);
  await phasewright.close();
  await github.close();
});

const begin = (name: string) => startProject(github, name, { approval: { project: 'none' } });
/** What a person reads. */
const read = async ({ slug }: ProjectDriver): Promise<string> =>
  statusText(await phasewright.status(slug), { style: plain, now: Date.now() });
const says = (on: ProjectDriver, words: RegExp) =>
  eventually(`the status to say ${words.source}`, async () => words.test(await read(on)) || undefined);
const robin = (change: object = {}) => github.double.addUser('robin', { kind: 'user', token, ...change });

it('a limit, single sign-on and a dead credential are said at once, and what was decided meanwhile is heard afterwards', async () => {
  const on = await begin('mended');
  const { number } = await on.gate(1);
  const place = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
  github.double.fail({ on: place, fault: faults.secondaryLimit({ retryAfter: 1 }) });
  await says(on, /RateLimited: GitHub's rate limit for this credential is used up; it asks to wait 1 s/);
  const link = 'https://github.com/orgs/acme/sso?authorization_request=AbC123';
  github.double.fail({
    on: place,
    fault: {
      kind: 'answer',
      status: 403,
      body: { message: 'Resource protected by organization SAML enforcement.' },
      headers: { 'x-github-sso': `required; url=${link}` },
    },
  });
  await says(on, new RegExp(`AccessRefused: .* open ${link.replaceAll(/[?.]/g, '\\$&')} as`));
  github.double.revoke('robin');
  on.approve(number);
  await says(
    on,
    /AccessRefused: GitHub does not accept the worker's credential .*Give the worker a new one .*goes on by itself/,
  );
  expect(await read(on)).toMatch(/Waits for a person/);
  robin();
  expect(await on.handle.result()).toMatchObject({ status: 'done' });
});

it('a repository that gets another name is worked on under it', async () => {
  const on = await begin('renamed');
  const { number } = await on.gate(1);
  const [owner, name] = on.repo.split('/');
  github.double.renameRepository(on.repo, `${name}-anew`);
  github.double.review({ as: 'pia', repo: `${owner}/${name}-anew`, number, state: 'APPROVED' });
  expect(await on.handle.result()).toMatchObject({ status: 'done' });
});

it('a status that may not be set is said at the gate, and the decision is written all the same', async () => {
  robin({ grants: { contents: 'write', pull_requests: 'write', issues: 'write', statuses: 'read' } });
  const on = await begin('no-statuses');
  const { number } = await on.gate(1);
  await says(on, /Not all of the gate is shown on #\d+: CodeHostRefused: .*statuses=write/);
  on.approve(number);
  expect(await on.handle.result()).toMatchObject({ status: 'done' });
  expect(on.shown(number)[0]).toMatch(/^\*\*Approved\*\* by pia/);
  robin();
});

it('a project whose credential is dead is cancelled without waiting for another one', async () => {
  const on = await begin('cancelled');
  await on.gate(1);
  github.double.revoke('robin');
  await says(on, /AccessRefused/);
  await phasewright.cancel(on.slug);
  await eventually('the end', async () => (await phasewright.status(on.slug)).endedAt !== null || undefined);
  expect((await phasewright.status(on.slug)).condition).toBe('cancelled');
  robin();
});
