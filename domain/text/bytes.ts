/** Sizes in bytes as people write and read them. */
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1.5 GiB`: in the largest unit of which there is at least one, with one digit after the point where that says more. */
export function formatBytes(bytes: number): string {
  const power = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10)));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${units[power]}`;
}

/** Undefined: not a size such as `500MiB`, `1.5 GiB` or `4096`. */
export function parseBytes(text: string): number | undefined {
  const [, amount, unit = 'B'] = /^(\d{1,15}(?:\.\d{1,3})?)\s*([KMGT]iB|B)?$/i.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  const power = units.findIndex((each) => each.toLowerCase() === unit.toLowerCase());
  const bytes = Math.round(Number(amount) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
