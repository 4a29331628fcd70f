/** What each source file imports, read with a simple pattern: our code has no imports that it would miss (tested). */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

export interface Import {
  /** Path from the top of the repository for our own files, else the package: `domain/slug.ts`, `node:fs`, `zod`. */
  readonly to: string;
  /** Erased when the file runs. */
  readonly typeOnly: boolean;
  /** Loaded only when the code gets there. */
  readonly lazy: boolean;
}

export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

const statement = /^(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\s+from\s+)?['"]([^'"\n]+)['"]/gm;
const dynamic = /\bimport\(\s*['"]([^'"\n]+)['"]\s*\)/g;

export function importsOf(file: string, source: string): readonly Import[] {
  const resolve = (specifier: string): string =>
    specifier.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), specifier)) : specifier;
  const fixed = [...source.matchAll(statement)].map(([, type, specifier = '']) => ({
    to: resolve(specifier),
    typeOnly: type !== undefined,
    lazy: false,
  }));
  const lazy = [...source.matchAll(dynamic)].map(([, specifier = '']) => ({
    to: resolve(specifier),
    typeOnly: false,
    lazy: true,
  }));
  return [...fixed, ...lazy];
}

/** Every TypeScript file of the rooms, by path from `root`. */
export function readImports(root: string, rooms: readonly string[]): ImportGraph {
  const graph = new Map<string, readonly Import[]>();
  for (const room of rooms) {
    for (const entry of readdirSync(join(root, room), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      const file = path.slice(root.length + 1);
      graph.set(file, importsOf(file, readFileSync(path, 'utf8')));
    }
  }
  return graph;
}

/**
 * Files that reach each other in a circle, each circle sorted. An `import type` counts: it is gone at run time, but whoever
 * reads one of the files has to read the others.
 */
export function circlesOf(graph: ImportGraph): readonly (readonly string[])[] {
  const reached = new Map([...graph.keys()].map((file) => [file, reachedFrom(graph, file)]));
  const circles = [...reached]
    .filter(([file, from]) => from.has(file))
    .map(([file, from]) => [...from].filter((other) => reached.get(other)?.has(file)).toSorted());
  return [...new Map(circles.map((circle) => [circle[0], circle])).values()];
}

function reachedFrom(graph: ImportGraph, file: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const ahead = [file];
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop())
    for (const { to } of graph.get(next) ?? []) {
      if (reached.has(to)) continue;
      reached.add(to);
      ahead.push(to);
    }
  return reached;
}

export const roomOf = (file: string): string => dirname(file).split('/')[0] ?? '';
