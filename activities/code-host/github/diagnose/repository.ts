/** The repository as GitHub shows it to us: that we see it, may push to it, and how it lets pull requests be merged. */
import { type Diagnostic, ok, problem } from '../../../../domain/model/diagnostic.ts';
import type { About } from '../../diagnosis.ts';
import type { Access } from './access.ts';
import { isAnswer } from '../errors.ts';
import { complete } from '../map.ts';
import { judgeMerging, type MergeSettings } from './judge-merging.ts';
import { type Inspector, type Named, unlessHidden } from './inspector.ts';

type Acting = NonNullable<Access['acting']>;

/** What GitHub's answer holds that matters here. */
interface Seen extends MergeSettings {
  readonly full_name: string;
  readonly private: boolean;
  readonly archived: boolean;
  readonly disabled: boolean;
  readonly default_branch: string;
  readonly permissions?: { readonly push: boolean };
}

export async function diagnoseRepository(
  inspector: Inspector,
  repository: Named,
  acting: Acting,
  about: About,
): Promise<{
  readonly findings: readonly Diagnostic[];
  readonly facts?: { readonly defaultBranch: string };
}> {
  const seen = await inspector
    .read(repository, 'find the repository', async (octokit, place): Promise<Seen> => {
      const { data } = await octokit.rest.repos.get({ ...place });
      complete({ name: data.full_name, branch: data.default_branch });
      return data;
    })
    .catch((error: unknown) => {
      if (isAnswer(error, 'missing')) return undefined;
      throw error;
    });
  if (seen === undefined) return { findings: [hidden(repository, acting)] };
  return {
    findings: [
      usable(seen, acting),
      ...(acting.kind === 'fine-grained' ? await readable(inspector, repository, seen) : []),
      ...judgeMerging(seen, { squash: about.mergeMethod === 'squash', mergesPhases: true }),
    ],
    facts: { defaultBranch: seen.default_branch },
  };
}

function hidden({ owner, name }: Named, { kind, login }: Acting): Diagnostic {
  const how =
    kind === 'fine-grained'
      ? `Edit the token on GitHub: its resource owner must be ${owner}, and its repository access must include ${name}. An organization may have to approve it first.`
      : `Give ${login} access to it. A classic token needs the scope 'repo' for a private one, and has to be authorized where an organization uses single sign-on.`;
  return problem(
    'Repository',
    `${owner}/${name} does not exist, or ${login} cannot see it with this credential. Check the name. ${how}`,
  );
}

function usable(seen: Seen, { kind, login, publicOnly }: Acting): Diagnostic {
  const { full_name: name, default_branch: branch, permissions } = seen;
  const wrong = [
    seen.archived ? 'It is archived: nothing can be pushed. Unarchive it in its settings.' : '',
    seen.disabled ? 'GitHub has disabled it. Ask its owner why.' : '',
    publicOnly && seen.private ? "It is private, and the token lacks the scope 'repo'." : '',
    // What an App may is in its installation's permissions, and said there.
    kind !== 'app' && permissions?.push !== true
      ? `${login} may not push to it. Give ${login} the role 'Write' (Settings, Collaborators and teams).`
      : '',
  ].filter((text) => text !== '');
  const about = `${name}, ${seen.private ? 'private' : 'public'}, default branch '${branch}'`;
  return wrong.length === 0 ? ok('Repository', about) : problem('Repository', `${about}. ${wrong.join(' ')}`);
}

/** One read for each permission. A public repository shows most of it to anybody. */
async function readable(inspector: Inspector, repository: Named, seen: Seen): Promise<readonly Diagnostic[]> {
  const branch = seen.default_branch;
  const tries = [
    [
      'Contents',
      () =>
        inspector.read(repository, 'read a branch', (octokit, place) =>
          octokit.rest.repos.getBranch({ ...place, branch }),
        ),
    ],
    [
      'Pull requests',
      () =>
        inspector.read(repository, 'list its pull requests', (octokit, place) =>
          octokit.rest.pulls.list({ ...place, per_page: 1 }),
        ),
    ],
    [
      'Commit statuses',
      () =>
        inspector.read(repository, 'list statuses', (octokit, place) =>
          octokit.rest.repos.listCommitStatusesForRef({ ...place, ref: branch, per_page: 1 }),
        ),
    ],
  ] as const;
  const lacking: string[] = [];
  for (const [name, look] of tries) if ((await look().catch(unlessHidden)) === undefined) lacking.push(name);
  const names = tries.map(([name]) => name).join(', ');
  if (lacking.length > 0)
    return [
      problem(
        'Token permissions',
        `The token may not even read: ${lacking.join(', ')}. Edit it on GitHub (Settings, Developer settings, Fine-grained tokens): each of ${names} has to be 'Read and write'.`,
      ),
    ];
  return [
    ok(
      'Token permissions',
      `reads ${names}${seen.private ? '' : ', which a public repository shows to anybody'}`,
    ),
  ];
}
