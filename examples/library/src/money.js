/** Amounts are whole cents, so that adding them never rounds. */

/** '12.50' → 1250. Throws a TypeError that shows the text. */
export function parseAmount(text) {
  const match = /^(-?)(\d{1,13})(?:\.(\d{2}))?$/.exec(text.trim());
  if (match === null) throw new TypeError(`'${text}' is not an amount; write it like 12.50 or -3.`);
  const [, sign, whole, cents = '00'] = match;
  const value = Number(whole) * 100 + Number(cents);
  return sign === '-' && value !== 0 ? -value : value;
}

/** 1250 → '12.50'. */
export function formatAmount(cents) {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
