/** What people are told about a project. */
import type { Notice } from '../../domain/model/notice.ts';
import { commandFor, pageOf } from '../../domain/views/how-to-answer.ts';
import { type Audience, type News, tell, tellAndWait } from '../messaging/notices.ts';
import type { PlannedProject } from './state.ts';

export const tellOfProject = (run: PlannedProject, kind: Notice['kind'], title: string, text = ''): void =>
  tell(audience(run), news(run, kind, title, text));

/** For the project's last word. */
export const tellOfProjectAndWait = (
  run: PlannedProject,
  kind: Notice['kind'],
  title: string,
): Promise<void> => tellAndWait(audience(run), news(run, kind, title, ''));

function audience(run: PlannedProject): Audience {
  const { slug, settings } = run.plan;
  return { project: slug, targets: settings.notify };
}

function news(run: PlannedProject, kind: Notice['kind'], title: string, text: string): News {
  const failed = kind === 'phase_failed' || kind === 'project_failed';
  const command = failed ? commandFor.retry(run.plan.slug) : null;
  return { kind, title, text, command, link: pageOf(run.state.landing.pullRequest) };
}
