/** A file of workflows/ is read from top to bottom, and a function of it at one look. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { packageRoot } from '../../temporal/package-root.ts';
import { functionLengths } from '../support/function-lengths.ts';

const most = { file: 250, function: 60 };
const folder = join(packageRoot(), 'workflows');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);
const sourceOf = (file: string): string => readFileSync(join(folder, file), 'utf8');

it('has no file of workflows over 250 lines', () => {
  const lines = files.map((file) => ({ file, lines: sourceOf(file).trimEnd().split('\n').length }));

  expect(files.length).toBeGreaterThan(20);
  expect(lines.filter((each) => each.lines > most.file)).toEqual([]);
});

it('has no function of workflows over 60 lines', () => {
  const functions = files.flatMap((file) =>
    functionLengths(sourceOf(file)).map((each) => ({ file, ...each })),
  );

  expect(functions.length).toBeGreaterThan(100);
  expect(functions.filter(({ lines }) => lines > most.function)).toEqual([]);
});

it('would notice a long function, whatever its form', () => {
  const long = '\n'.repeat(61);
  const source = `/** Ü. */\nexport function a() {${long}}\nconst b = () => {${long}};\nconst c = { d() {${long}} };\nclass E { f() {${long}} }\nconst short = () => 1;\n`;

  expect(functionLengths(source)).toEqual([
    { name: 'a', lines: 62 },
    { name: 'line 64', lines: 62 },
    { name: 'd', lines: 62 },
    { name: 'f', lines: 62 },
    { name: 'line 250', lines: 1 },
  ]);
});
