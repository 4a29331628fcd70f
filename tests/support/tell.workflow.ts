/** A workflow that tells people as ours do, and waits so that a test sees how it ended. */
import type { Notice } from '../../domain/model/notice.ts';
import type { NotifyTarget } from '../../domain/model/project.ts';
import { sharedActivities } from '../../workflows/activity-proxies.ts';

export const tellWorkflow = (request: {
  readonly targets: readonly NotifyTarget[];
  readonly notice: Notice;
}): Promise<void> => sharedActivities().notify(request);
