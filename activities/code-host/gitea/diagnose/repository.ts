/** The repository as Gitea shows it to us: that we see it, may push to it, and how it lets pull requests be merged. */
import { type Diagnostic, ok, problem } from '../../../../domain/model/diagnostic.ts';
import type { Merges, Named } from '../../diagnosis.ts';
import type { Inspector } from './inspector.ts';
import type { Acting } from './token.ts';

/** What Gitea's answer holds that matters here. */
export interface Seen extends MergeSettings {
  readonly full_name: string;
  readonly private: boolean;
  readonly archived: boolean;
  readonly mirror: boolean;
  readonly empty: boolean;
  readonly has_pull_requests: boolean;
  readonly default_branch: string;
  readonly permissions?: { readonly push: boolean; readonly admin: boolean };
}

export interface MergeSettings {
  readonly allow_merge_commits?: boolean;
  readonly allow_squash_merge?: boolean;
}

export async function diagnoseRepository(
  inspector: Inspector,
  { owner, name }: Named,
  { login }: Acting,
): Promise<{ readonly findings: readonly Diagnostic[]; readonly seen?: Seen }> {
  const what = 'Repository';
  const { status, data, said } = await inspector.ask(`/repos/${owner}/${name}`);
  if (status === 200) {
    const seen = data as Seen;
    return { findings: [usable(seen, login)], seen };
  }
  const hidden = `${owner}/${name} does not exist, or ${login} cannot see it. Check the name, and give ${login} access: Settings, Collaborators, 'Write'.`;
  if (status === 404) return { findings: [problem(what, hidden)] };
  const limited = /limited to public/.test(said)
    ? ' Make a token with access to all repositories: this one is for public ones only.'
    : '';
  return {
    findings: [problem(what, `${owner}/${name} can't be looked at (${status}: ${said}).${limited}`)],
  };
}

function usable(seen: Seen, login: string): Diagnostic {
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

export function judgeMerging(settings: MergeSettings, merges: Merges): readonly Diagnostic[] {
  const what = 'Merging';
  const page = '(Settings, Merge Styles)';
  const { allow_merge_commits: merge = true, allow_squash_merge: squash = true } = settings;
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
