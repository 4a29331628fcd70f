/** What workflows ask of the channels to people. Types only. */
import type { Notice } from '../../domain/model/notice.ts';
import type { NotifyTarget } from '../../domain/model/project.ts';

export interface NotifyActivities {
  /** Never fails a project: a channel that is down is logged. */
  notify(request: { readonly targets: readonly NotifyTarget[]; readonly notice: Notice }): Promise<void>;
}
