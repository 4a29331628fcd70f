/** Hidden marks in pull requests and comments, by which our own texts are found again. */

/** `<!-- phasewright:project.x.phase.1 -->`. Whatever the id holds, the comment stays closed and on one line. */
export function hiddenMarker(id: string): string {
  const safe = Array.from(id.slice(0, 200), (character) =>
    /[A-Za-z0-9._:-]/.test(character) ? character : `%${(character.codePointAt(0) ?? 0).toString(16)}`,
  ).join('');
  return `<!-- phasewright:${safe.replace(/-(?=-|$)/g, '%2d')} -->`;
}
