/** Telling people. Never holds anything up: a channel that is down is logged by the activity and forgotten here. */
import type { Notice } from '../../domain/model/notice.ts';
import type { NotifyTarget } from '../../domain/model/project.ts';
import { sharedActivities } from '../activity-proxies.ts';

/** Whom, and about which project. */
export interface Audience {
  readonly project: string;
  readonly targets: readonly NotifyTarget[];
}

export type News = Pick<Notice, 'kind' | 'title' | 'text'> &
  Partial<Pick<Notice, 'command' | 'link'>> & {
    /** Makes a repeat count once; default: the kind and the workflow's clock, so that each time is another. */
    readonly about?: string;
  };

export function tell(to: Audience, news: News): void {
  // Cancelled with the workflow: nothing is left to be told.
  send(to, news).catch(() => undefined);
}

/** For the last word of a workflow that ends right after: bounded, and never a failure. */
export async function tellAndWait(to: Audience, news: News): Promise<void> {
  await send(to, news, 'awaitedNotice').catch(() => undefined);
}

async function send(
  { project, targets }: Audience,
  { about, kind, title, text, command = null, link = null }: News,
  policy?: 'awaitedNotice',
): Promise<void> {
  if (targets.length === 0) return;
  const id = `${project}:${about ?? `${kind}:${Date.now()}`}`;
  const notice: Notice = { id, kind, project, title, text, command, link };
  await sharedActivities(`tell people: ${kind}`, policy).notify({ targets, notice });
}
