/** What a host's merge brought, compared with what was approved: the tree, and for our own merge commit its parents. */
import type { MergeRequest, MergeResult } from './port.ts';
import { mergeMessage } from './texts.ts';

export interface HostCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

export interface Landed {
  readonly sha: string;
  readonly landed: HostCommit;
  /** The approved head. */
  readonly wanted: Pick<HostCommit, 'tree'>;
}

/** `merged`, with `differs` for what nobody approved. The fence comes back as it was: a host merges without it. */
export function describeLanded(request: MergeRequest, { sha, landed, wanted }: Landed): MergeResult {
  const { expectedHeadSha, expectedBaseSha, method, fence, metadata } = request;
  const result = { kind: 'merged', sha, fence, tree: landed.tree, onBase: null } as const;
  if (landed.tree !== wanted.tree) {
    const [onto = 'nothing'] = landed.parents;
    const moved =
      onto === expectedBaseSha
        ? ''
        : ` It was merged onto ${onto}, not onto the approved ${expectedBaseSha}.`;
    const differs = `The commit ${sha} brought the tree ${landed.tree}, the approved head ${expectedHeadSha} has ${wanted.tree}.${moved}`;
    return { ...result, differs };
  }
  // A person merges as they like; what we asked for has to be what we get. A host may have named co-authors below our text.
  const { title, text } = mergeMessage(metadata);
  const ours = landed.message.trim().startsWith(`${title}\n\n${text}`.trim());
  const expected = method === 'merge' ? [expectedBaseSha, expectedHeadSha] : [expectedBaseSha];
  if (!ours || landed.parents.join() === expected.join()) return result;
  const differs = `The commit ${sha} has the approved tree, but the parents ${landed.parents.join(', ')} instead of ${expected.join(', ')}.`;
  return { ...result, differs };
}
