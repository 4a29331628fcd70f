/** What `doctor` says of a real Gitea, as people set it up. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { About } from '../../../activities/code-host/diagnosis.ts';
import { diagnoseGitea } from '../../../activities/code-host/gitea/diagnose/index.ts';
import { createGitea } from '../../../activities/code-host/gitea/index.ts';
import { neededScopes } from '../../../activities/code-host/gitea/diagnose/token.ts';
import { matches } from '../../../activities/code-host/gitea/diagnose/protection.ts';
import type { Intent, Objections } from '../../../activities/code-host/port.ts';
import type { Diagnostic } from '../../../domain/model/diagnostic.ts';
import { page, table } from '../../docs/pages.ts';
import { describeOnGitea } from '../../gitea/describe-on-gitea.ts';
import { type Gitea, type GiteaUser, startGitea } from '../../support/gitea/index.ts';

const lines = (findings: readonly Diagnostic[]): readonly string[] =>
  findings.map(({ what, state, detail }) => `${state} ${what}: ${detail}`);

describeOnGitea('on a real Gitea', () => {
  let gitea: Gitea;
  let robin: GiteaUser;
  beforeAll(async () => {
    gitea = await startGitea();
    robin = await gitea.addUser('robin', ['write:repository', 'write:issue', 'read:user']);
  });
  afterAll(() => gitea.stop());

  let repositories = 0;
  /** New for each test, where robin may what `permission` says. */
  async function repository(permission: 'read' | 'write' | 'admin' = 'write'): Promise<string> {
    repositories += 1;
    const name = `acme/shop-${repositories}`;
    await gitea.createRepository(name);
    await gitea.api('PUT', `/repos/${name}/collaborators/robin`, { permission });
    return name;
  }
  async function look(
    name: string | null,
    about: About = {},
    as: Pick<GiteaUser, 'token'> = robin,
  ): Promise<readonly string[]> {
    const [owner = '', repo = ''] = name?.split('/') ?? [];
    const findings = await diagnoseGitea(
      { url: gitea.url, token: as.token },
      name === null ? null : { owner, name: repo },
      about,
    );
    expect(JSON.stringify(findings)).not.toContain(as.token);
    return lines(findings);
  }
  const protect = (name: string, rule: object): Promise<unknown> =>
    gitea.api('POST', `/repos/${name}/branch_protections`, { rule_name: 'main', ...rule });
  const about = (findings: readonly string[], what: string): readonly string[] =>
    findings.filter((line) => line.includes(` ${what}: `));
  const ofMain = "Rules of 'main'";
  const ofWork = "Rules of 'project/**'";

  it('finds nothing wrong with a machine user who may write, and only reads', async () => {
    const name = await repository();
    const before = gitea.requests().length;

    const said = await look(name);

    expect(said.map((line) => line.replace(gitea.url, 'http://gitea').replace(name, 'acme/shop'))).toEqual([
      'ok Gitea: http://gitea is Gitea 1.26.0, which Phasewright is tested with',
      expect.stringMatching(/^ok Gitea identity: acts as robin\. Nothing that robin says .* decides/),
      'ok Gitea token: write:issue,write:repository,read:user'.replaceAll(',', ', '),
      "ok Repository: acme/shop, public, default branch 'main'",
      'ok Merging: merge commits and squashing allowed',
      expect.stringMatching(/^ok Rules of 'main': none\./),
      expect.stringMatching(/^ok Rules of 'project\/\*\*': Gitea shows them to administrators/),
      expect.stringMatching(/^warning Webhook: The repository's webhooks can't be looked at/),
    ]);
    const asked = gitea.requests().slice(before);
    expect(new Set(asked.map(({ method, login }) => `${method} ${login}`))).toEqual(new Set(['GET robin']));
  });

  describe('a token', () => {
    it('that lacks scopes is told which, and how to come by another one', async () => {
      const weak = await gitea.addUser('weak', ['read:repository', 'write:issue']);

      const [, token, ...more] = await look(null, {}, weak);

      expect(token).toMatch(
        /^problem Gitea token: It has write:issue, read:repository; missing: write:repository \(.*\); read:user \(.*\)\. The scopes of a token can't be changed: make another one/,
      );
      expect(more).toEqual([]);
    });

    it('that Gitea does not know is said to be refused', async () => {
      expect(about(await look(null, {}, { token: '0'.repeat(40) }), 'Gitea token')).toEqual([
        expect.stringMatching(
          /^problem Gitea token: Gitea does not accept the token .*PHASEWRIGHT_GITEA_TOKEN/,
        ),
      ]);
    });

    it('for public repositories does not do for a private one', async () => {
      const scopes = ['public-only', 'write:repository', 'write:issue', 'read:user'];
      const open = await gitea.addUser('open', scopes);
      const name = await repository();
      await gitea.api('PUT', `/repos/${name}/collaborators/open`, { permission: 'write' });
      expect(about(await look(name, {}, open), 'Gitea token')).toEqual([
        expect.stringMatching(/^warning .*enough for public repositories only/),
      ]);

      await gitea.api('PATCH', `/repos/${name}`, { private: true });
      expect(about(await look(name, {}, open), 'Repository')).toEqual([
        expect.stringMatching(/^problem .*is private, and the token is for public repositories only/),
      ]);
    });

    it('that may everything is enough', async () => {
      const mighty = await gitea.addUser('mighty', ['all']);

      expect(about(await look(null, {}, mighty), 'Gitea token')).toEqual([
        expect.stringMatching(/^ok Gitea token: /),
      ]);
    });
  });

  describe('a repository', () => {
    it('that is not there, or hidden, is one sentence with both', async () => {
      expect(about(await look('acme/none'), 'Repository')).toEqual([
        "problem Repository: acme/none does not exist, or robin cannot see it. Check the name, and give robin access: Settings, Collaborators, 'Write'.",
      ]);
    });

    it('that may only be read is a problem', async () => {
      const name = await repository('read');

      expect(about(await look(name), 'Repository')).toEqual([
        expect.stringMatching(
          /^problem .* robin may not push to it: add robin under Settings, Collaborators/,
        ),
      ]);
    });

    it('that is archived, or takes no pull requests, is a problem', async () => {
      const name = await repository();
      await gitea.api('PATCH', `/repos/${name}`, { has_pull_requests: false });
      await gitea.api('PATCH', `/repos/${name}`, { archived: true });

      expect(about(await look(name), 'Repository')).toEqual([
        expect.stringMatching(/^problem .*It is archived: .*Pull requests are off: tick/),
      ]);
    });

    it.each([
      [{ allow_merge_commits: false }, {}, /Tick 'Create merge commit' .* or write pull_requests: project/],
      [{ allow_squash_merge: false }, { mergeMethod: 'squash' as const }, /Tick 'Create squash commit'/],
    ])('with %j is a problem of merging for %j', async (settings, wanted, words) => {
      const name = await repository();
      await gitea.api('PATCH', `/repos/${name}`, { has_pull_requests: true, ...settings });

      expect(about(await look(name, wanted), 'Merging')).toEqual([expect.stringMatching(/^problem/)]);
      expect(about(await look(name, wanted), 'Merging')).toEqual([expect.stringMatching(words)]);
    });

    it('without the base is told to have one pushed', async () => {
      const name = await repository();

      expect(about(await look(name, { base: 'next' }), "Rules of 'next'")).toEqual([
        expect.stringMatching(/^problem .*The branch 'next' does not exist/),
      ]);
    });
  });

  describe('a rule of base', () => {
    it('that asks for signed commits stands against the merge', async () => {
      const name = await repository('admin');
      await protect(name, { require_signed_commits: true });

      expect(about(await look(name), ofMain)).toEqual([
        expect.stringMatching(/^problem .*Turn 'Require Signed Commits' off \(Settings, Branches\)\.$/),
      ]);
      expect(about(await look(name, { mergeMethod: 'squash' }), ofMain)).toEqual([
        expect.stringMatching(/^problem .*this server has no key to sign merges with/),
      ]);
    });

    it('that lets only others merge is seen without being an administrator, too', async () => {
      const name = await repository();
      await protect(name, { enable_merge_whitelist: true, merge_whitelist_usernames: ['owner'] });

      expect(about(await look(name), ofMain)).toEqual([
        expect.stringMatching(/^problem .*robin may not merge into it: add robin to 'Allowlisted users/),
        expect.stringMatching(/^warning .*only administrators of the repository see all of it/),
      ]);
    });

    it('that asks for approvals and checks is told as what is waited for', async () => {
      const name = await repository('admin');
      await protect(name, {
        required_approvals: 2,
        enable_status_check: true,
        status_check_contexts: ['ci/*'],
        block_on_rejected_reviews: true,
        protected_file_patterns: '*.lock',
      });

      expect(about(await look(name), ofMain)).toEqual([
        "ok Rules of 'main': 2 approvals by people who may push (the one that answers the gate counts); the checks ci/*; 'phasewright/gate' can be one of them; no review that requests changes. Until then an approved pull request waits.",
        expect.stringMatching(/^warning .*A change of files like \*\.lock can't be merged/),
      ]);
    });

    it('that nobody but ourselves could fulfil is a problem', async () => {
      const name = await repository('admin');
      await protect(name, {
        required_approvals: 1,
        enable_approvals_whitelist: true,
        approvals_whitelist_username: ['robin'],
      });

      expect(about(await look(name), ofMain)[0]).toMatch(
        /^problem .*only those of nobody count beside robin, whose pull request it is: add people to 'Allowlisted reviewers'/,
      );
    });
  });

  describe('a rule of the branches that are pushed to', () => {
    it.each([
      [
        'project/**',
        { enable_push: false },
        /^problem .*pushes are disabled\. Give the rule 'project\/\*\*'/,
      ],
      [
        '**',
        { enable_push: true, enable_push_whitelist: true, push_whitelist_usernames: ['owner'] },
        /^problem .*robin may not push/,
      ],
      ['task/*', { enable_push: true, require_signed_commits: true }, /^problem .*commits must be signed/],
      ['project/*/phase/**', { enable_push: true }, /^warning .*a rebased phase can't be pushed/],
    ])('%s with %j is found before anything is pushed', async (pattern, rule, words) => {
      const name = await repository('admin');
      await protect(name, { rule_name: pattern, ...rule });

      expect(about(await look(name), ofWork)[0]).toMatch(words);
    });

    it('that lets us push with force stands against nothing, whatever follows it', async () => {
      const name = await repository('admin');
      for (const rule_name of ['project/**', 'task/*'])
        await protect(name, { rule_name, enable_push: true, enable_force_push: true });
      await protect(name, { rule_name: '**', enable_push: false });

      expect(about(await look(name), ofWork)).toEqual(
        Array(2).fill(`ok ${ofWork}: none that stand against pushes`),
      );
    });
  });

  describe('a project that is to start', () => {
    const objections = async (name: string, more: Partial<Intent> = {}): Promise<Objections> => {
      const [owner = '', repo = ''] = name.split('/');
      return createGitea({ url: gitea.url, token: robin.token }).host.examineBase({
        repository: { kind: 'hosted', owner, name: repo },
        base: 'main',
        method: 'merge',
        mergesPhases: true,
        branches: ['project/shop/integration', 'project/shop/phase/1/schema'],
        ...more,
      });
    };

    it('finds nothing against it where nothing is', async () => {
      expect(await objections(await repository())).toEqual({ problems: [], warnings: [] });
    });

    it('is told what would refuse it in the end, and what may', async () => {
      const name = await repository('admin');
      await gitea.api('PATCH', `/repos/${name}`, { has_pull_requests: true, allow_squash_merge: false });
      await protect(name, { protected_file_patterns: 'go.sum' });
      await protect(name, { rule_name: 'project/shop/phase/**', enable_push: false });

      expect(await objections(name, { method: 'squash' })).toEqual({
        problems: [
          expect.stringMatching(/^Merging: merge_method: squash needs squashing/),
          expect.stringMatching(/^Rules of the project's branches: .*pushes are disabled/),
        ],
        warnings: [
          expect.stringMatching(/^Rules of 'main': A change of files like go\.sum/),
          expect.stringMatching(/^Rules of the project's branches: .*a rebased phase/),
        ],
      });
    });

    it('is told of a repository that it may not use, and of nothing else', async () => {
      const { problems, warnings } = await objections('acme/none');

      expect([problems.length, warnings]).toEqual([1, []]);
      expect(problems[0]).toMatch(/^Repository: acme\/none does not exist/);
    });
  });

  it.each([
    ['json', ['pull_request'], /^ok Webhook: https:\/\/hooks\.example\.com\/github$/],
    ['form', ['pull_request'], /^problem .*its content type must be 'application\/json'/],
    ['json', ['push', 'pull_request_review'], /^warning .*it misses the events 'Pull Request', 'Pull/],
  ])('judges a webhook of %s with the events %j', async (type, events, words) => {
    const name = await repository('admin');
    const config = { url: 'https://hooks.example.com/github?key=canary', content_type: type };
    await gitea.api('POST', `/repos/${name}/hooks`, { type: 'gitea', active: true, events, config });

    const said = about(await look(name), 'Webhook');

    expect(said).toEqual([expect.stringMatching(words)]);
    expect(said.join()).not.toContain('canary');
  });
});

it('docs/gitea.md asks for the scopes that a token needs', () => {
  const rows = table(page('docs/gitea.md'), 'category', 'permission', 'scope', 'what for');

  expect(rows.map(([, , scope]) => scope)).toEqual(neededScopes.map(([scope]) => scope));
});

describe('an address', () => {
  const servers: Server[] = [];
  afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));
  async function answering(body: string, status = 200): Promise<string> {
    const server = createServer((_, response) => response.writeHead(status).end(body));
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
  const look = async (url: string) => lines(await diagnoseGitea({ url, token: 'secret-canary-1' }, null));

  it('that nobody answers at is said to be unreachable', async () => {
    const url = await answering('');
    await new Promise((done) => servers.pop()?.close(done));

    expect(await look(url)).toEqual([
      `problem Gitea: Gitea could not be reached to read its version on ${url}: connect ECONNREFUSED ${url.slice(7)}.`,
    ]);
  });

  it('of another program is said to be none of Gitea', async () => {
    expect(await look(await answering('<html>Welcome</html>'))).toEqual([
      expect.stringMatching(/^problem Gitea: .* makes no sense: .*PHASEWRIGHT_GITEA_URL is not Gitea's own/),
    ]);
    expect(await look(await answering('Nothing here', 404))).toEqual([
      expect.stringMatching(/^problem Gitea: .* answers, but not as Gitea or Forgejo does\. PHASEWRIGHT/),
    ]);
  });

  it.each([
    ['11.0.3+gitea-1.22.0', /^warning Gitea: .* is Forgejo 11\.0\.3, which speaks as Gitea 1\.22\.0 does\./],
    ['1.21.4', /^warning Gitea: .* is Gitea 1\.21\.4\. Phasewright is tested with 1\.26: try a small/],
  ])('of the version %s is told what was tried', async (version, words) => {
    const [first] = await look(await answering(JSON.stringify({ version })));

    expect(first).toMatch(words);
  });
});

describe('a pattern of a rule', () => {
  it.each([
    ['main', 'MAIN', true],
    ['main', 'main2', false],
    ['project/*', 'project/shop', true],
    ['project/*', 'project/shop/integration', false],
    ['project/**', 'project/shop/integration', true],
    ['**', 'task/a', true],
    ['release-?.{x,y}', 'release-1.x', true],
    ['release-?.{x,y}', 'release-1zx', false],
    ['[!m]*', 'main', false],
    ['v\\*', 'v*', true],
    ['[', 'a', false],
  ])('%s and the branch %s: %p', (pattern, branch, fits) => {
    expect(matches(pattern, branch)).toBe(fits);
  });
});
