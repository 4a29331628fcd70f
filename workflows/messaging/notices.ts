/** Telling people. Never holds a project up: a channel that is down is logged by the activity and forgotten here. */
import type { Notice } from '../../domain/model/notice.ts';
import { commandFor, pageOf } from '../../domain/views/how-to-answer.ts';
import { sharedActivities } from '../activity-proxies.ts';
import { planOf, type ProjectRun } from '../project/state.ts';

export function tell(run: ProjectRun, kind: Notice['kind'], title: string, text = ''): void {
  send(run, kind, title, text).catch(() => undefined);
}

/** For the last word of a workflow, which ends right after. */
export async function tellAndWait(
  run: ProjectRun,
  kind: Notice['kind'],
  title: string,
  text = '',
): Promise<void> {
  await send(run, kind, title, text, 'awaitedNotice').catch(() => undefined);
}

async function send(
  run: ProjectRun,
  kind: Notice['kind'],
  title: string,
  text: string,
  policy?: 'awaitedNotice',
): Promise<void> {
  const { slug, settings } = planOf(run);
  if (settings.notify.length === 0) return;
  const command = kind === 'phase_failed' || kind === 'project_failed' ? commandFor.retry(slug) : null;
  const notice: Notice = {
    // The workflow's clock: the same on replay, another for each time that something has to be said.
    id: `${slug}:${kind}:${Date.now()}`,
    kind,
    project: slug,
    title,
    text,
    command,
    link: pageOf(run.pullRequest),
  };
  await sharedActivities(`tell people: ${kind}`, policy).notify({ targets: settings.notify, notice });
}
