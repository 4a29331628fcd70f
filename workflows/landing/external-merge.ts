/** A pull request that people merged by hand, at whatever moment: what of it is ours. Nothing of it can be taken back. */
import type { PullRequestSnapshot } from '../../domain/model/pull-request.ts';
import type { WorkspaceRef } from '../../domain/model/project.ts';
import { hostActivities } from '../activity-proxies.ts';
import { isHosted, readSnapshot } from './watch.ts';

export interface Carrier {
  readonly workspace: WorkspaceRef;
  /** Null: there is none. */
  readonly pullRequest: { readonly number: number } | null;
  /** Its branches, as they should be. */
  readonly branch: string;
  readonly base: string;
  /** What it should bring. */
  readonly head: string;
}

export type MergedByHand =
  | { readonly kind: 'no' }
  /** `ours`: exactly our head · `other`: another head · `elsewhere`: into another base. */
  | {
      readonly kind: 'ours' | 'other' | 'elsewhere';
      readonly look: PullRequestSnapshot;
      /** One sentence. */
      readonly what: string;
    }
  /** An earlier head: the branch has gone on, and the rest needs another pull request. */
  | { readonly kind: 'earlier' };

export async function mergedByHand({
  workspace,
  pullRequest,
  branch,
  base,
  head,
}: Carrier): Promise<MergedByHand> {
  if (pullRequest === null || !isHosted(workspace)) return { kind: 'no' };
  const look = await readSnapshot(workspace, pullRequest.number);
  if (look.state !== 'merged') return { kind: 'no' };
  const by = `${look.mergedBy ?? 'somebody'} merged pull request #${look.number}`;
  if (look.base.branch !== base)
    return { kind: 'elsewhere', look, what: `${by} into '${look.base.branch}' instead of '${base}'.` };
  if (look.head.sha === head) return { kind: 'ours', look, what: `${by}.` };
  const host = hostActivities(workspace.host, `tip of ${branch}`);
  const { [branch]: tip } = await host.readTips({ workspace, branches: [branch] });
  return tip === head
    ? { kind: 'earlier' }
    : { kind: 'other', look, what: `${by} with ${look.head.sha} instead of ${head}.` };
}
