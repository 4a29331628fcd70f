/** The repository as Gitea shows it to us: that we see it, may push to it, and how it lets pull requests be merged. */
import { type Diagnostic, ok, problem } from '../../../../domain/model/diagnostic.ts';
import type { RepositoryRef } from '../../../../domain/model/project.ts';
import type { Merges } from '../../diagnosis.ts';
import { type Client, labelOf } from '../client.ts';
import { isAnswer } from '../errors.ts';
import { type GiteaRepository, readRepository } from './answers.schema.ts';
import type { Acting } from './token.ts';

export async function diagnoseRepository(
  client: Client,
  repository: RepositoryRef,
  { login }: Acting,
): Promise<{ readonly findings: readonly Diagnostic[]; readonly seen?: GiteaRepository }> {
  const what = 'Repository';
  try {
    const ask = { repository, what: 'find the repository', path: [] };
    const seen = await client.seek(ask, readRepository);
    return { findings: [usable(seen, login)], seen };
  } catch (error) {
    if (isAnswer(error, 'missing'))
      return {
        findings: [
          problem(
            what,
            `${labelOf(repository)} does not exist, or ${login} cannot see it. Check the name, and give ${login} access: Settings, Collaborators, 'Write'.`,
          ),
        ],
      };
    if (isAnswer(error, 'refused') && /limited to public/.test(error.said))
      return {
        findings: [
          problem(
            what,
            `${labelOf(repository)} is private, and the token is for public repositories only: make one with access to all.`,
          ),
        ],
      };
    throw error;
  }
}

function usable(seen: GiteaRepository, login: string): Diagnostic {
  const wrong = [
    seen.archived ? 'It is archived: nothing can be pushed. Unarchive it in its settings.' : '',
    seen.mirror ? 'It is a mirror, which nobody pushes to: name the repository that it mirrors.' : '',
    seen.empty ? 'It has no commit yet: push a first one.' : '',
    seen.has_pull_requests
      ? ''
      : "Pull requests are off: tick 'Enable Repository Pull Requests' in its settings.",
    seen.permissions?.push === true
      ? ''
      : `${login} may not push to it: add ${login} under Settings, Collaborators, with 'Write', or to a team of the organization that may.`,
  ].filter((text) => text !== '');
  const about = `${seen.full_name}, ${seen.private ? 'private' : 'public'}, default branch '${seen.default_branch}'`;
  return wrong.length === 0 ? ok('Repository', about) : problem('Repository', `${about}. ${wrong.join(' ')}`);
}

export function judgeMerging(
  settings: Pick<GiteaRepository, 'allow_merge_commits' | 'allow_squash_merge'>,
  merges: Merges,
): readonly Diagnostic[] {
  const what = 'Merging';
  const page = '(Settings, Merge Styles)';
  const { allow_merge_commits: merge, allow_squash_merge: squash } = settings;
  const commits = merges.mergesPhases || !merges.squash;
  const instead = merges.mergesPhases
    ? 'write pull_requests: project and merge_method: squash, so that one squashed pull request goes into base'
    : 'write merge_method: squash';
  const against = [
    commits && !merge
      ? `Merge commits are not allowed${merges.mergesPhases ? ', and phases are merged with them' : ''}. Tick 'Create merge commit' ${page}${squash ? `; or ${instead}` : ''}.`
      : '',
    merges.squash && !squash
      ? `merge_method: squash needs squashing. Tick 'Create squash commit' ${page}.`
      : '',
  ].filter((text) => text !== '');
  if (against.length > 0) return against.map((text) => problem(what, text));
  const kinds = [merge ? 'merge commits' : '', squash ? 'squashing' : ''].filter((text) => text !== '');
  return [ok(what, `${kinds.join(' and ')} allowed`)];
}
