/** What people are told about a project. */
import type { Notice } from '../../domain/model/notice.ts';
import { commandFor, pageOf } from '../../domain/views/how-to-answer.ts';
import { type Audience, type News, tell, tellAndWait } from '../messaging/notices.ts';
import { planOf, type ProjectRun } from './state.ts';

export const tellOfProject = (run: ProjectRun, kind: Notice['kind'], title: string, text = ''): void =>
  tell(audience(run), news(run, kind, title, text));

/** For the project's last word. */
export const tellOfProjectAndWait = (run: ProjectRun, kind: Notice['kind'], title: string): Promise<void> =>
  tellAndWait(audience(run), news(run, kind, title, ''));

function audience(run: ProjectRun): Audience {
  const { slug, settings } = planOf(run);
  return { project: slug, targets: settings.notify };
}

function news(run: ProjectRun, kind: Notice['kind'], title: string, text: string): News {
  const failed = kind === 'phase_failed' || kind === 'project_failed';
  const command = failed ? commandFor.retry(planOf(run).slug) : null;
  return { kind, title, text, command, link: pageOf(run.pullRequest) };
}
