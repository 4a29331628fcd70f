/** Modules of workflows and domain are evaluated once per worker and shared by all workflows in it: none may keep anything of one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { packageRoot } from '../../temporal/package-root.ts';

const files = ['workflows', 'domain'].flatMap((room) =>
  readdirSync(join(packageRoot(), room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.schema.ts'))
    .map((name) => join(room, name)),
);

/** Of a line that begins a statement at the top of a module: why what it makes can change; undefined: it can't. */
function changeable(line: string): string | undefined {
  if (/^(export )?(let|var)\b/.test(line)) return 'a variable that can be assigned again';
  if (!/^(export )?const\b/.test(line)) return undefined;
  if (/\bnew (Map|Set|WeakMap|WeakSet)\b/.test(line) && !/: Readonly(Map|Set)</.test(line))
    return 'a collection that can be added to';
  if (/^(export )?const \w+[^=]*=\s*\[\s*\];?$/.test(line))
    return 'an empty list, which is there to be filled';
  if (/=\s*\/.*\/[a-z]*[gy][a-z]*;$/.test(line)) return 'an expression that remembers where it last matched';
  return undefined;
}

it('finds no module of workflows or domain that keeps what can change', () => {
  const found = files.flatMap((file) =>
    readFileSync(join(packageRoot(), file), 'utf8')
      .split('\n')
      .flatMap((line, index) => {
        const why = changeable(line);
        return why === undefined ? [] : [`${file}:${index + 1} ${why}: ${line}`];
      }),
  );

  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});

it.each([
  ['let count = 0;', 'a variable that can be assigned again'],
  ['export const seen = new Set<string>();', 'a collection that can be added to'],
  ['const lines: string[] = [];', 'an empty list, which is there to be filled'],
  ['const lines = [];', 'an empty list, which is there to be filled'],
  ['const word = /\\w+/g;', 'an expression that remembers where it last matched'],
  ['const relevant: ReadonlyMap<string, number> = new Map([', undefined],
  ['  let count = 0;', undefined],
])('judges `%s`', (line, why) => {
  expect(changeable(line)).toBe(why);
});
