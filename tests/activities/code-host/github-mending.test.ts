/** What only a person can mend on GitHub: never the end of the work, told with the way out, and over as soon as it is mended. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCodeHostActivities } from '../../../activities/code-host/activities.ts';
import type { CodeHost } from '../../../activities/code-host/port.ts';
import { hiddenMarker } from '../../../domain/names/markers.ts';
import type { Fault } from '../../support/github-double/faults.ts';
import { fullName, type GitHubRig, makeGitHubRig, tokens } from './github-rig.ts';

const refused = (status: number, message: string, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: 'answer',
  status,
  body: { message },
  headers,
});

const link = 'https://github.com/orgs/acme/sso?authorization_request=AbC123%3D';

describe('GitHub, until a person has mended it,', () => {
  let rig: GitHubRig;
  let number: number;
  let made = 0;
  beforeAll(async () => {
    rig = await makeGitHubRig();
  });
  afterAll(() => rig.remove());
  beforeEach(async () => {
    made += 1;
    rig.person.commit(head(), { [`work-${made}.txt`]: 'work\n' }, 'main');
    number = (await open(rig.host)).number;
  });
  afterEach(() => expect(rig.double.nonConforming()).toEqual([]));

  const { repository } = { repository: { kind: 'hosted', owner: 'acme', name: 'shop' } } as const;
  const head = () => `work/${made}`;
  const tip = (branch: string) => rig.person.tip(branch) ?? '';
  const open = (host: CodeHost) =>
    host.openPullRequest({ repository, headBranch: head(), baseBranch: 'main', title: 'T', body: '' });
  const activities = (host: CodeHost) => createCodeHostActivities({ hostFor: () => host, git: rig.git });
  const look = (host: CodeHost) => activities(host).readPullRequest({ workspace: rig.workspace, number });
  const publish = (host: CodeHost) =>
    activities(host).publishGate({
      workspace: rig.workspace,
      number,
      gateId: `phase-1.${made}`,
      sha: tip(head()),
      state: 'success',
      summary: 'Approved by ann',
      comment: 'Approved by ann.',
    });
  const comments = async () =>
    (await rig.host.listComments({ repository, number })).map(({ body }) => body.split('\n')[0]);

  /** Tried again with the pauses of the policy alone: within a minute of the mending it is over. */
  const untilMended = (code: string, says: RegExp) => ({
    type: code,
    nonRetryable: false,
    nextRetryDelay: undefined,
    message: expect.stringMatching(says) as unknown,
  });

  describe('does not let a credential in', () => {
    const ways: readonly (readonly [string, Fault, RegExp])[] = [
      [
        'whose single sign-on is due, and is told the link that mends it',
        refused(
          403,
          'Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.',
          { 'x-github-sso': `required; url=${link}` },
        ),
        /until this credential is let through single sign-on: open https:\/\/github\.com\/orgs\/acme\/sso\?authorization_request=AbC123%3D as/,
      ],
      [
        'from an address that is not on the list',
        refused(
          403,
          'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.',
        ),
        /IP allow list enabled.*Do as it says, or give the worker another credential/,
      ],
      [
        'of a kind that the organization forbids',
        refused(403, '`acme` forbids access via a personal access token (classic).'),
        /forbids access.*goes on by itself/,
      ],
    ];
    for (const [name, fault, says] of ways)
      it(name, async () => {
        rig.double.fail({ on: 'GET /repos/{owner}/{repo}/pulls/{pull_number}', fault });
        await expect(look(rig.host)).rejects.toMatchObject(untilMended('AccessRefused', says));
        expect((await look(rig.host)).number).toBe(number);
      });

    it('that is revoked or has expired', async () => {
      const host = rig.restarted();
      rig.double.revoke(tokens.phase);
      const says = /does not accept the worker's credential.*Give the worker a new one.*goes on by itself/;
      await expect(look(host)).rejects.toMatchObject(untilMended('AccessRefused', says));
      await expect(publish(host)).rejects.toMatchObject(untilMended('AccessRefused', says));
      rig.double.addUser('phase', { token: tokens.phase });
      expect(await publish(host)).toBeNull();
      expect((await look(host)).number).toBe(number);
    });

    it('that no longer sees the repository', async () => {
      rig.double.setRepositoryOptions(fullName, { private: true });
      rig.double.setPermission('phase', fullName, 'none');
      const says = /shows no repository acme\/shop to this credential.*give the credential access to it/;
      await expect(look(rig.host)).rejects.toMatchObject(untilMended('AccessRefused', says));
      rig.double.setPermission('phase', fullName, 'write');
      rig.double.setRepositoryOptions(fullName, { private: false });
      expect((await look(rig.host)).number).toBe(number);
    });
  });

  it('does without what an App may not: it is suspended, or no longer installed on the repository', async () => {
    const { appId, privateKey } = rig.double.addApp({ slug: `wright-${made}`, owner: 'acme' });
    const { host } = rig.client({
      auth: { kind: 'app', appId: String(appId), privateKey, installationId: null },
    });
    await look(host);
    const place = 'GET /repos/{owner}/{repo}/pulls/{pull_number}';
    rig.double.fail({ on: place, fault: refused(403, 'This installation has been suspended') });
    await expect(look(host)).rejects.toMatchObject(
      untilMended('AccessRefused', /has been suspended.*goes on by itself/),
    );
    const { host: later } = rig.client({
      auth: { kind: 'app', appId: String(appId), privateKey, installationId: null },
    });
    const words =
      'There is at least one repository that does not exist or is not accessible to the parent installation.';
    rig.double.fail({
      on: 'POST /app/installations/{installation_id}/access_tokens',
      fault: refused(422, words),
    });
    await expect(look(later)).rejects.toMatchObject(
      untilMended('AccessRefused', /not installed on acme\/shop.*Install it there/),
    );
    expect((await look(later)).number).toBe(number);
  });

  describe('refuses one thing', () => {
    const limited = (grants: Readonly<Record<string, 'read' | 'write'>>): CodeHost => {
      const token = `github_pat_limited${made}00000000000000000000`;
      rig.double.addUser('phase', { token, grants });
      return rig.client({ auth: { kind: 'token', token } }).host;
    };

    it('opening: that is asked for again until the right is there', async () => {
      rig.person.commit('work/other', { 'other.txt': 'other\n' }, 'main');
      const request = { repository, headBranch: 'work/other', baseBranch: 'main', title: 'T', body: '' };
      await expect(
        limited({ contents: 'write', pull_requests: 'read' }).openPullRequest(request),
      ).rejects.toMatchObject({ code: 'CodeHostRefused' });
      const host = limited({ contents: 'write', pull_requests: 'write' });
      expect((await host.openPullRequest(request)).state).toBe('open');
    });

    it('the status of a gate: its comment is written all the same, and why is said', async () => {
      const host = limited({ contents: 'write', pull_requests: 'write', statuses: 'read' });
      expect(await publish(host)).toMatch(
        /^CodeHostRefused: GitHub refuses to set the status phasewright\/gate .* It needs the permissions statuses=write\./,
      );
      expect(await comments()).toEqual(['Approved by ann.']);
    });

    it('the comment of a gate: its status is set all the same', async () => {
      const host = limited({ contents: 'write', pull_requests: 'read', statuses: 'write' });
      expect(await publish(host)).toMatch(/^CodeHostRefused: GitHub refuses to comment on pull request/);
      expect((await rig.host.listChecks(repository, tip(head()))).map(({ state }) => state)).toEqual([
        'success',
      ]);
    });

    it('reading statuses: a look does without them', async () => {
      const host = limited({ contents: 'write', pull_requests: 'write' });
      rig.double.reportStatus({
        as: 'rita',
        repo: fullName,
        sha: tip(head()),
        context: 'build',
        state: 'failure',
      });
      expect(await look(host)).toMatchObject({ number, checks: 'none' });
      expect((await look(rig.host)).checks).toBe('1 of 1 failed: build');
    });

    it('a label, which is only for show', async () => {
      rig.double.fail({
        on: 'PUT /repos/{owner}/{repo}/issues/{issue_number}/labels',
        fault: refused(403, 'Resource not accessible by personal access token'),
      });
      rig.person.commit('work/plain', { 'plain.txt': 'plain\n' }, 'main');
      const result = await activities(rig.host).ensurePullRequest({
        workspace: rig.workspace,
        headBranch: 'work/plain',
        headSha: tip('work/plain'),
        baseBranch: 'main',
        baseSha: tip('main'),
        required: [],
        title: 'T',
        body: '',
        marker: hiddenMarker('play.plain'),
      });
      expect(result.kind).toBe('open');
    });
  });
});
