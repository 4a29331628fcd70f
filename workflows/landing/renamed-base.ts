/** A base that was renamed on the code host is followed to its new name, by the host's own word and git's. */
import { type FailureReason, reasonOf } from '../../domain/failure.ts';
import { hostActivities } from '../activity-proxies.ts';
import { cancelledHere, describeError, warn } from '../support/failures.ts';
import type { LandingOwner } from './owner.ts';

/** What a landing stops for when its base is gone, or its pull request goes elsewhere. */
const reasons: readonly FailureReason[] = [
  reasonOf('BaseNotFound'),
  reasonOf('BaseInvalid'),
  reasonOf('PullRequestClosed'),
];

/** The new name; null: it stopped for something else, or nobody says where base is. */
export const renamedSince = (owner: LandingOwner, reason: FailureReason): Promise<string | null> =>
  reasons.includes(reason) ? findRenamed(owner) : Promise.resolve(null);

/** Null: base is where it was, or nobody says where. */
export async function findRenamed({ workspace, policy, progress }: LandingOwner): Promise<string | null> {
  if (!policy.hosted) return null;
  const { baseBranch: branch } = policy;
  const host = hostActivities(workspace.host, `what '${branch}' is called now`);
  try {
    const { baseSha } = progress.landing;
    return (await host.findRenamedBase({ workspace, branch, baseSha })).branch;
  } catch (error) {
    if (cancelledHere(error)) throw error;
    warn(`What '${branch}' is called now is not known: ${describeError(error)}`);
    return null;
  }
}

export const isRenamed = (branch: string, name: string): string =>
  `'${branch}' is called '${name}' now: the work goes there`;
