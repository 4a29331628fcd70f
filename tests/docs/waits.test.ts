/** Nothing waits in silence: docs/status.md names every wait of the workflows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { page, root, table } from './pages.ts';

/** Calls that hold a workflow up until something happens or time has passed; activities and children are work. */
const wait = /\b(?:condition|sleep)\(|new Trigger\b/g;

function waitsIn(file: string): number {
  const code = readFileSync(join(root, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
  return code.match(wait)?.length ?? 0;
}

it('docs/status.md says of every wait of a workflow what status says meanwhile', () => {
  const files = readdirSync(join(root, 'workflows'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `workflows/${name}`);
  const waits = Object.fromEntries(
    files.map((file) => [file, waitsIn(file)] as const).filter(([, n]) => n > 0),
  );

  const rows = table(page('docs/status.md'), 'where', 'waits', 'for', '`status` says');
  expect(Object.keys(waits).length).toBeGreaterThan(10);
  expect(Object.fromEntries(rows.map(([where = '', count]) => [where, Number(count)]))).toEqual(waits);
  expect(rows.filter(([, , what, says]) => what === '' || says === '')).toEqual([]);
});
