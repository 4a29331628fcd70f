/** Names of what attempts leave: nothing is replaced, so what is written again under a name gets a number: `checks.log`, `checks.2.log`. */

export const numbered = (name: string, count: number): string =>
  count === 1 ? name : name.replace(/(\.[^./]*)?$/, `.${count}$1`);

/** `count`: null if the name holds no number. */
export function nameAndCount(name: string): { readonly name: string; readonly count: number | null } {
  const [, start, count, end = ''] = /^(.+?)\.(\d{1,6})(\.[^./]+)?$/.exec(name) ?? [];
  return start === undefined ? { name, count: null } : { name: `${start}${end}`, count: Number(count) };
}
