import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { packageRoot } from '../../temporal/package-root.ts';
import { breaches } from '../support/import-law.ts';
import { circlesOf, importsOf, readImports, roomOf } from '../support/imports.ts';

const rooms = ['domain', 'workflows', 'activities', 'config', 'temporal', 'client', 'workers'];
const root = packageRoot();
const graph = readImports(root, rooms);
const sourceOf = (file: string): string => readFileSync(join(root, file), 'utf8');

it('reads every source file of every room', () => {
  const onDisk = rooms.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    ),
  );

  expect(graph.size).toBe(onDisk.length);
  expect(graph.size).toBeGreaterThan(150);
  expect(new Set([...graph.keys()].map(roomOf))).toEqual(new Set(rooms));
});

it('finds every import: none that leads to a file which is not there, none overlooked', () => {
  const all = [...graph].flatMap(([file, imports]) => imports.map(({ to }) => ({ file, to })));
  const lost = all.filter(({ to }) => rooms.includes(roomOf(to)) && !to.endsWith('.json') && !graph.has(to));
  // Counted another way: lines of code that end an import or export with a module's name.
  const counted = [...graph.keys()].flatMap(
    (file) =>
      sourceOf(file)
        .match(/^(?:import |export |\} ).*(?:from )?'(?:\.|node:|@|[a-z])[^' ]*';$/gm)
        ?.filter((line) => /from '|^import '/.test(line)) ?? [],
  );

  expect(lost).toEqual([]);
  expect(all.length).toBeGreaterThan(500);
  expect(all.length - lazyImports()).toBe(counted.length);
});

it('lets dependencies point one way', () => {
  expect(breaches(graph)).toEqual([]);
});

it('has no circle of imports, types included', () => {
  expect(circlesOf(graph)).toEqual([]);
});

it('reads the environment in config/load.ts and nowhere else', () => {
  const readers = [...graph.keys()].filter((file) =>
    /process\s*\.\s*env\b|process\[|\benv\b.*from 'node:process'/.test(withoutComments(sourceOf(file))),
  );

  expect(readers).toEqual(['config/load.ts']);
});

it('would notice a breach, a value where only types may be, a circle and a room without a law', () => {
  const example = new Map(
    Object.entries({
      'domain/a.ts': "import { z } from 'zod';\nimport { b } from './b.ts';\n",
      'domain/b.ts':
        "import {\n  a,\n} from './a.ts';\nimport type { S } from './s.schema.ts';\nexport * from './s.schema.ts';\n",
      'workflows/w.ts':
        "import { act } from '../activities/git/contract.ts';\nimport type { Act } from '../activities/git/activities.ts';\n",
      'client/c.ts': "const lazy = await import('../workers/run.ts');\nimport '../tests/support/run.ts';\n",
      'activities/git/activities.ts': "import { openLocal } from '../code-host/local/index.ts';\n",
      'plugins/p.ts': '',
    }).map(([file, source]) => [file, importsOf(file, source)]),
  );

  expect(breaches(example)).toEqual([
    'domain/a.ts imports zod',
    'domain/b.ts imports domain/s.schema.ts (only `import type` may)',
    'workflows/w.ts imports activities/git/contract.ts (only `import type` may)',
    'workflows/w.ts imports activities/git/activities.ts',
    'client/c.ts imports tests/support/run.ts',
    'client/c.ts imports workers/run.ts',
    'activities/git/activities.ts imports activities/code-host/local/index.ts',
    'plugins/p.ts: no law covers it',
  ]);
  expect(circlesOf(example)).toEqual([['domain/a.ts', 'domain/b.ts']]);
});

it('would notice circles of types, of any length, and a file that imports itself', () => {
  const example = new Map(
    Object.entries({
      'domain/a.ts': "import type { B } from './b.ts';\n",
      'domain/b.ts': "import { c } from './c.ts';\n",
      'domain/c.ts': "export type { A } from './a.ts';\n",
      'domain/d.ts': "import type { A } from './a.ts';\n",
      'domain/e.ts': "import type { E } from './e.ts';\n",
    }).map(([file, source]) => [file, importsOf(file, source)]),
  );

  expect(circlesOf(example)).toEqual([['domain/a.ts', 'domain/b.ts', 'domain/c.ts'], ['domain/e.ts']]);
});

const lazyImports = (): number =>
  [...graph.keys()].reduce(
    (sum, file) => sum + [...sourceOf(file).matchAll(/\bimport\(\s*['"][^'"\n]+['"]\s*\)/g)].length,
    0,
  );
const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
