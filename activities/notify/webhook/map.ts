/** A notice as the JSON that receivers build on: a key may come, none goes or changes its meaning without another `version`. */
import type { Notice } from '../../../domain/model/notice.ts';
import { escapeControls } from '../../../domain/text/escape.ts';
import { fit } from '../notice-text.ts';

const maxTitle = 1_000;
const maxText = 32_000;

export interface WebhookBody {
  readonly version: 1;
  readonly id: string;
  readonly kind: Notice['kind'];
  readonly project: string;
  readonly title: string;
  readonly text: string;
  readonly command: string | null;
  readonly link: string | null;
  readonly at: string;
}

export const toBody = (
  { id, kind, project, title, text, command, link = null }: Notice,
  at: Date,
): WebhookBody => ({
  version: 1,
  id: escapeControls(id),
  kind,
  project: escapeControls(project),
  title: fit(escapeControls(title), maxTitle),
  text: fit(escapeControls(text, { newlines: 'keep' }), maxText),
  command: command === null ? null : escapeControls(command),
  link: link === null ? null : escapeControls(link),
  at: at.toISOString(),
});

/** A header holds visible ASCII; everything else, and `%` itself, is percent-encoded. */
export const headerOf = (id: string): string =>
  escapeControls(id).replace(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
