/** Hidden marks in pull requests and comments, by which our own texts are found again. */
import { maxBodyLength } from '../code-host/text-limits.ts';
import { cutWithNote } from '../text/markdown.ts';

/** `<!-- phasewright:project.x.phase.1 -->`. Whatever the id holds, the comment stays closed and on one line. */
export function hiddenMarker(id: string): string {
  const safe = Array.from(id.slice(0, 200), (character) =>
    /[A-Za-z0-9._:-]/.test(character) ? character : `%${(character.codePointAt(0) ?? 0).toString(16)}`,
  ).join('');
  return `<!-- phasewright:${safe.replace(/-(?=-|$)/g, '%2d')} -->`;
}

/** The body with the marker in it, within the limit. */
export function withMarker(body: string, marker: string): string {
  if (body.includes(marker) && body.length <= maxBodyLength) return body;
  const rest = cutWithNote(body.replaceAll(marker, ''), maxBodyLength - marker.length - 2).trimEnd();
  return rest === '' ? marker : `${rest}\n\n${marker}`;
}
