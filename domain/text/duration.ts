/** Durations as people write them: `30m`, `4h`, `7d`, `1h30m`, `90s`, `500ms`. Inside, everything is milliseconds. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Ten years: longer is a typing error, and timers have limits. */
export const maxDurationMs = 3_650 * 86_400_000;

export type ParsedDuration = { readonly ms: number } | { readonly problem: string };

const written = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;
const examples = "write for example '30m', '4h', '7d', '1h30m', '90s' or '500ms'";

export function parseDuration(text: string): ParsedDuration {
  const trimmed = text.trim();
  const parts = written.exec(trimmed);
  if (trimmed === '' || parts === null) return { problem: `'${text}' is not a duration: ${hint(trimmed)}.` };
  const ms = units.reduce((sum, [, length], index) => sum + Number(parts[index + 1] ?? 0) * length, 0);
  if (ms > maxDurationMs)
    return { problem: `'${text}' is longer than ten years (3650d), which is the most a duration can be.` };
  return { ms };
}

function hint(text: string): string {
  if (/^\d+$/.test(text)) return `the unit is missing; ${examples}`;
  if (/^-/.test(text)) return `it cannot be negative; ${examples}`;
  if (/^\d+\.\d+/.test(text)) return `use whole numbers, such as '1h30m' for one and a half hours`;
  return examples;
}

/** The shortest writing that parses to the same milliseconds. `ms` is a whole number from 0 on. */
export function formatDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0)
    throw new RangeError(`${ms} is not a whole number of milliseconds from 0 on.`);
  let rest = ms;
  let text = '';
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === '' ? '0s' : text;
}
