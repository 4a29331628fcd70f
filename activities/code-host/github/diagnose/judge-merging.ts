/** What a repository's settings say to the merges of a project. */
import { type Diagnostic, ok, problem, warning } from '../../../../domain/model/diagnostic.ts';
import type { Merges } from '../../diagnosis.ts';

/** As GitHub answers; shown only to those who may push. */
export interface MergeSettings {
  readonly allow_merge_commit?: boolean;
  readonly allow_squash_merge?: boolean;
  readonly delete_branch_on_merge?: boolean;
}

const what = 'Merging';
const page = '(Settings, General, Pull Requests)';

export function judgeMerging(settings: MergeSettings, merges: Merges): readonly Diagnostic[] {
  const { allow_merge_commit: merge, allow_squash_merge: squash, delete_branch_on_merge: deletes } = settings;
  if (merge === undefined)
    return [
      warning(
        what,
        `GitHub does not show this credential how pull requests may be merged. '${merges.squash && !merges.mergesPhases ? 'Allow squash merging' : 'Allow merge commits'}' must be on ${page}.`,
      ),
    ];
  const against = [
    ...(merge ? [] : withoutMergeCommits(merges)),
    ...(merges.squash && squash !== true
      ? [`merge_method: squash needs squash merging. Tick 'Allow squash merging' ${page}.`]
      : []),
  ];
  if (against.length > 0) return against.map((text) => problem(what, text));
  const kinds = [merge ? 'merge commits' : '', squash === true ? 'squashing' : ''].filter(Boolean);
  const branches = deletes === true ? ', head branches deleted after the merge (that does no harm)' : '';
  return [ok(what, `${kinds.join(' and ')} allowed${branches}`)];
}

function withoutMergeCommits({ squash, mergesPhases }: Merges): readonly string[] {
  if (mergesPhases)
    return [
      `Merge commits are not allowed, and phases are merged with them. Tick 'Allow merge commits' ${page}; or write pull_requests: project and merge_method: squash, so that one squashed pull request goes into base.`,
    ];
  if (squash) return [];
  return [
    `Merge commits are not allowed. Write merge_method: squash, or tick 'Allow merge commits' ${page}.`,
  ];
}
