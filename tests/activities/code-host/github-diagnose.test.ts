import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { faults } from '../../support/github-double/index.ts';
import { canaries, enough, type ExamineRig, startExamineRig } from './diagnose-rig.ts';

let rig: ExamineRig;
beforeEach(async () => {
  rig = await startExamineRig();
});
afterEach(() => rig.close());

const { token } = canaries;

describe('a classic token', () => {
  it('with its scopes is all right', async () => {
    rig.double.addUser('robin', { token, scopes: ['repo', 'workflow'] });
    const { states, text } = await rig.look();

    expect(states).toEqual({
      GitHub: 'ok',
      'GitHub identity': 'ok',
      'GitHub token': 'ok',
      Repository: 'ok',
      Merging: 'ok',
      "Rules of 'main'": 'ok',
      "Rules of 'project/**'": 'ok',
      Webhook: 'warning',
    });
    expect(text).toContain('Nothing that robin says on pull requests decides');
    expect(text).toContain("acme/shop, public, default branch 'main'");
    expect(text).toMatch(/answers, \d+ of 5000 requests left/);
  });

  it('without scopes is a problem, and without the one for workflow files a warning', async () => {
    rig.double.addUser('robin', { token, scopes: ['read:user'] });
    const { states, text } = await rig.look();

    expect(states).toMatchObject({ 'GitHub token': 'problem', 'Workflow files': 'warning' });
    expect(text).toContain('A classic one with read:user: it may change nothing. Edit the token on GitHub');
  });

  it('for public repositories only does not do for a private one', async () => {
    rig.double.createRepository('acme/safe', { private: true });
    rig.double.addUser('robin', { token, scopes: ['public_repo'] });

    expect((await rig.look()).states).toMatchObject({ 'GitHub token': 'warning', Repository: 'ok' });
    const { states, text } = await rig.look({}, {}, 'safe');
    expect(states).toMatchObject({ Repository: 'problem' });
    expect(text).toContain("A classic token needs the scope 'repo' for a private one");
  });

  it('of somebody who may only read the repository is a problem', async () => {
    rig.double.addUser('robin', { token, permission: 'read' });
    const { states, text } = await rig.look();

    expect(states).toMatchObject({ Repository: 'problem', Merging: 'warning' });
    expect(text).toContain("robin may not push to it. Give robin the role 'Write'");
  });

  it('that ends within a week is a warning', async () => {
    const day = 86_400_000;
    rig.double.addUser('robin', { token, expiresAt: new Date(Date.now() + 3.5 * day) });
    expect((await rig.look()).text).toMatch(
      /warning Token expiry: It ends at .* UTC, in 3 days\. Projects wait/,
    );

    rig.double.addUser('robin', { token, expiresAt: new Date(Date.now() + 30.5 * day) });
    expect((await rig.look()).text).toMatch(/ok Token expiry: .* UTC, in 30 days/);
  });

  it('that GitHub does not know is a problem, and nothing else is asked', async () => {
    const { states, text } = await rig.look();

    expect(states).toEqual({ 'GitHub credential': 'problem' });
    expect(text).toContain('it is expired, revoked or mistyped');
    expect(rig.double.exchanges).toHaveLength(1);
  });
});

it('a fine-grained token is tried with reads, and says what it needs', async () => {
  const { double } = rig;
  double.addUser('robin', { token, grants: enough });
  const fine = await rig.look();
  expect(fine.states).toMatchObject({ 'GitHub token': 'warning', 'Token permissions': 'ok' });
  expect(fine.text).toContain("Contents, Pull requests and Commit statuses 'Read and write'");

  double.addUser('robin', { token, grants: { contents: 'read' } });
  const narrow = await rig.look();
  expect(narrow.states).toMatchObject({ 'Token permissions': 'problem' });
  expect(narrow.text).toContain('The token may not even read: Pull requests, Commit statuses.');

  double.addUser('robin', { token, grants: enough, repositories: [] });
  expect((await rig.look()).text).toContain('its repository access must include shop');
});

it("an Actions job's or an installation's token is told from one that somebody owns", async () => {
  rig.double.addUser('robot', { kind: 'app', token });
  const { states, text } = await rig.look();

  expect(states).toEqual({ 'GitHub credential': 'problem' });
  expect(text).toContain('belong to no account');
});

describe('an App', () => {
  it('with its permissions is all right, also without a repository', async () => {
    const auth = rig.asApp(rig.double.addApp({ slug: 'wright', owner: 'acme', grants: enough }));
    const { states, text } = await rig.look(auth);

    expect(states).toMatchObject({ Installation: 'ok', Permissions: 'ok', Repository: 'ok', Merging: 'ok' });
    expect(Object.values(states)).not.toContain('problem');
    expect(text).toContain('acts as wright[bot]');
    expect((await rig.look(auth, {}, null)).text).toContain('ok Installation: with acme.');
  });

  it('lacks permissions by name, each with what it is for', async () => {
    const { double } = rig;
    const app = double.addApp({
      slug: 'wright',
      owner: 'acme',
      grants: { contents: 'read', statuses: 'write' },
    });
    const { states, text } = await rig.look(rig.asApp(app));

    expect(states).toMatchObject({ Permissions: 'problem', 'Optional permissions': 'warning' });
    expect(text).toContain('Missing: contents: write (branches are pushed and merged); pull_requests: write');
    expect(text).toContain("Add that in the App's settings (Permissions & events, Repository permissions)");
  });

  it('that is not installed, suspended, or given with another installation is a problem', async () => {
    const { double } = rig;
    const app = double.addApp({ slug: 'wright', owner: 'acme', grants: enough, repositories: [] });
    expect((await rig.look(rig.asApp(app))).text).toContain('wright is not installed on acme/shop');

    const other = double.addApp({ slug: 'other', owner: 'acme', grants: enough });
    const wrong = await rig.look(rig.asApp(other, 7));
    expect(wrong.text).toContain(`is 7, but acme/shop has the installation ${other.installationId}`);

    double.suspend('other');
    const { states, text } = await rig.look(rig.asApp(other));
    expect(states).toMatchObject({ Installation: 'problem' });
    expect(text).toContain('is suspended since');
  });

  it('with a key that is none is a problem', async () => {
    const app = { ...rig.double.addApp({ slug: 'wright', owner: 'acme' }), privateKey: 'no key' };
    expect((await rig.look(rig.asApp(app))).text).toContain('is not an RSA key in PEM');
  });
});

describe('the address', () => {
  it('may be that of an Enterprise server', async () => {
    rig.double.addUser('robin', { token });
    const { text } = await rig.look({ apiUrl: `${rig.double.url}/api/v3` });

    expect(text).toContain('/api/v3 answers');
    expect(text).toContain('ok Repository: acme/shop');
  });

  it('where nothing answers is a problem', async () => {
    const { states, text } = await rig.look({ apiUrl: 'http://127.0.0.1:1' });

    expect(states).toEqual({ 'GitHub credential': 'problem' });
    expect(text).toContain('GitHub could not be reached');
  });

  it('whose clock differs from ours is said', async () => {
    rig.double.addUser('robin', { token });
    const { text } = await rig.look({ clock: () => Date.now() - 120_000 });

    expect(text).toMatch(/warning Clock: This machine's clock is 1(19|20|21) s behind GitHub's\./);
  });

  it('that asks to wait is a warning', async () => {
    rig.double.addUser('robin', { token });
    rig.double.fail({ on: 'GET /repos/{owner}/{repo}', fault: faults.secondaryLimit({ retryAfter: 30 }) });

    expect((await rig.look()).text).toContain('warning Repository: GitHub');
  });
});
