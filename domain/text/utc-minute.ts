/** A time as people of every place read it: `2026-11-26 14:05 UTC`. */
export const utcMinute = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
