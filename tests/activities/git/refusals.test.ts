/** What remotes say when they don't take a push, as their users report it, and what follows from it. */
import { describe, expect, it } from '@jest/globals';
import { gitFailed, refusal } from '../../../activities/git/simple-git/errors.ts';

const ref = 'refs/heads/project/shop/phase/1/cart';
const ours = `8a1f0c:${ref}`;
const fence = '77ab12:refs/phasewright/shop/epoch';

/** As `git push --porcelain --atomic` prints it, progress and all. */
function answered(remote: readonly string[], reason: string, others = 'atomic push failure') {
  const stderr = [
    'Enumerating objects: 5, done.\nCounting objects:  20% (1/5)\rCounting objects: 100% (5/5), done.',
    'Writing objects: 100% (3/3), 301 bytes | 301.00 KiB/s, done.\nTotal 3 (delta 1), reused 0 (delta 0)',
    'remote: Resolving deltas: 100% (1/1), completed with 1 local object.        ',
    ...remote.map((line) => `remote: ${line}        `),
    "error: failed to push some refs to 'https://code.example/acme/shop.git'",
  ].join('\n');
  const text = `To https://code.example/acme/shop.git\n!\t${ours}\t[remote rejected] (${reason})\n!\t${fence}\t[remote rejected] (${others})\nDone\n`;
  return gitFailed('push', { code: 1, stderr, text });
}
const kindOf = (remote: readonly string[], reason: string) => refusal(answered(remote, reason))?.kind;

const declined = 'pre-receive hook declined';
const byRules = 'push declined due to repository rule violations';
const rules = (...lines: readonly string[]) => [
  `error: GH013: Repository rule violations found for ${ref}.`,
  'Review all repository rules at https://code.example/acme/shop/rules?ref=refs%2Fheads%2Fproject',
  '',
  ...lines,
];
const secret = rules(
  '- GITHUB PUSH PROTECTION',
  '  —————————————————————————————————————————',
  '    Resolve the following violations before pushing again',
  '',
  '    - Push cannot contain secrets',
  '',
  '     (?) Learn how to resolve a blocked push',
  '     https://docs.code.example/code-security/resolving-a-blocked-push',
  '',
  '      —— Stripe API Key ————————————————————————————————————',
  '       locations:',
  '         - commit: 8a1f0c3b7d5e9f00112233445566778899aabbcc',
  '           path: src/author.ts:3',
  '',
  '       (?) To push, remove secret from commit(s) or follow this URL to allow the secret.',
  '       https://code.example/acme/shop/security/secret-scanning/unblock-secret/2abc',
);
const scopes = 'refusing to allow a Personal Access Token to create or update workflow';

describe('a remote that does not take a push', () => {
  it.each<[string, readonly string[], string]>([
    ['a secret', secret, byRules],
    [
      'a large file',
      [
        'error: Trace: 5d2f',
        'error: See https://gh.example/lfs for more information.',
        'error: File model.bin is 120.00 MB; this exceeds the file size limit of 100.00 MB',
        'error: GH001: Large files detected. You may want to try Git Large File Storage',
      ],
      declined,
    ],
    ['a workflow', [], `${scopes} \`.github/workflows/ci.yml\` without \`workflow\` scope`],
    [
      'a workflow of an App',
      [],
      'refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission',
    ],
    ['a path', rules('- File path is restricted', '  —————', '  config/prod.yml'), byRules],
    ['an ending', rules('- File extension is restricted: .exe'), byRules],
    [
      "a name that GitLab's rules prohibit",
      ['GitLab: File name id_rsa was prohibited by the pattern "id_rsa$".'],
      declined,
    ],
    [
      'a file that is too large for GitLab',
      [
        'GitLab: You are attempting to check in one or more blobs which exceed the 5MiB limit:',
        '',
        '- 3f2a big.bin (9 MiB)',
      ],
      declined,
    ],
    [
      'a secret that GitLab finds',
      ['GitLab: PUSH BLOCKED: Secrets detected in code changes', '-- on line 1: AWS token'],
      declined,
    ],
    [
      "a file that Gitea's rules protect",
      ['error: branch x is protected from changing file license'],
      declined,
    ],
    ['what nobody but its hook knows', ['the licence header is missing in lib/a.c'], declined],
    ['a pack that is too large', ['fatal: pack exceeds maximum allowed size (2.00 GiB)'], 'unpacker error'],
    [
      'what a hook says of a file with a telling name',
      ['tabs in lib/email/author.ts:3', 'permission.ts: line 9'],
      declined,
    ],
    ['what a hook of one ref says', ['debug output is left in a.js'], 'hook declined'],
  ])('for what the commits hold (%s) leaves it to whoever wrote them', (_what, remote, reason) => {
    expect(kindOf(remote, reason)).toBe('content');
  });

  it.each<[string, readonly string[], string]>([
    ['failure', ['fatal error in commit_refs'], 'failure'],
    ['an error inside', ['Internal Server Error'], 'Internal Server Error'],
    ['GitLab without its own API', ['GitLab: Internal API unreachable'], declined],
    [
      'Gitea without its database',
      ['', 'Gitea: Internal Server Error', 'Decline push: HookPreReceive'],
      declined,
    ],
    [
      'a lock',
      [`error: cannot lock ref '${ref}': Unable to create './x.lock': File exists.`],
      'failed to update ref',
    ],
    ['objects that it could not store', [], 'unable to migrate objects to permanent storage'],
    ['a full disk', ['fatal: write error: No space left on device'], 'unpacker error'],
  ])('for a trouble of its own (%s) is asked again', (_what, remote, reason) => {
    expect(kindOf(remote, reason)).toBe('trouble');
  });

  it.each<[string, readonly string[], string]>([
    ['an address', rules('- Author email must end with @example.com'), byRules],
    [
      'a private address',
      ['error: GH007: Your push would publish a private email address.'],
      'push declined due to email privacy restrictions',
    ],
    ['a message', ["GitLab: Commit message does not follow the pattern 'OPS-[0-9]+'"], declined],
    ['an author', ["GitLab: Author 'robot@x' is not a member of team"], declined],
    [
      'a committer',
      [
        "GitLab: You cannot push commits for 'a@b.c'. You can only push commits if the committer email is one of your own verified emails.",
      ],
      declined,
    ],
  ])('for how commits are signed and named (%s) names the settings', (_what, remote, reason) => {
    expect(kindOf(remote, reason)).toBe('commits');
  });

  it.each<[string, readonly string[], string]>([
    ['a name', rules('- Branch name must match a given regex pattern: ^feature/'), byRules],
    ['a name on GitLab', ["GitLab: Branch name 'x' does not follow the pattern 'feature/.*'"], declined],
    ['making', rules('- Cannot create ref due to creations being restricted.'), byRules],
    ['signatures', rules('- Commits must have verified signatures.', '  Found 1 violation:'), byRules],
    ['signatures on GitLab', ['GitLab: Commit must be signed with a GPG key'], declined],
    ['forcing', rules('- Cannot force-push to this branch'), byRules],
    ['a pull request', rules('- Changes must be made through a pull request.'), byRules],
    ['merges', rules('- This branch must not contain merge commits.'), byRules],
    [
      'a protected branch',
      [
        `error: GH006: Protected branch update failed for ${ref}.`,
        'error: Required status check "ci" is expected.',
      ],
      'protected branch hook declined',
    ],
    [
      'a protected branch on GitLab',
      ['GitLab: You are not allowed to push code to protected branches on this project.'],
      declined,
    ],
    ['a protected branch on Gitea', ['error: Not allowed to push to protected branch main'], declined],
    ['a right on Gitea', ['error: User permission denied for writing.'], declined],
    [
      'a quota',
      ['GitLab: Your push to this repository has been rejected because it would exceed storage limits.'],
      declined,
    ],
    ['plain git', [], 'non-fast-forward'],
    ['deleting', [], 'deletion prohibited'],
    [
      'another branch in its way',
      [`error: cannot lock ref '${ref}': 'refs/heads/project' exists; cannot create '${ref}'`],
      'failed to update ref',
    ],
  ])('for a rule that no commit meets (%s) needs a person', (_what, remote, reason) => {
    expect(kindOf(remote, reason)).toBe('rule');
  });

  it('is quoted without progress and ornaments, its own sentences first, the way out among them', () => {
    const { said } = refusal(answered(secret, byRules)) ?? { said: '' };
    expect(said).toMatch(/^remote: error: GH013/);
    expect(said).toContain('- Push cannot contain secrets');
    expect(said).toContain('path: src/author.ts:3');
    expect(said).toContain('unblock-secret/2abc');
    expect(said).not.toMatch(/Counting|Resolving|Total|———|\r/);
  });
});
