/** Text from elsewhere, made small. */
import { escapeControls } from './escape.ts';

/** At most `maxLength` UTF-16 units of the text, never half a character; says how much was cut. */
export function capText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const half = /[\ud800-\udbff]/.test(text.charAt(maxLength - 1));
  const kept = text.slice(0, half ? maxLength - 1 : maxLength);
  return `${kept}\n[cut here: ${text.length - kept.length} more characters]`;
}

/** For Temporal's one-line summaries: whole characters, none that control a terminal. */
export const summaryLine = (text: string): string => Array.from(escapeControls(text)).slice(0, 60).join('');
