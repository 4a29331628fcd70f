/** What somebody else said, as the end of a sentence of ours: with one full stop, whether it had one or not. */
export const endSentence = (text: string): string => {
  const trimmed = text.trim().replace(/\s*\.+$/, '');
  return /[!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
};
