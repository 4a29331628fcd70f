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

/** A circle of imports that are there at run time, as its files in order; undefined if there is none. */
export function findCycle(graph: ImportGraph): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): readonly string[] | undefined {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const { to, typeOnly } of graph.get(file) ?? []) {
      const cycle = typeOnly ? undefined : visit(to);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  }
  for (const file of graph.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

export const roomOf = (file: string): string => dirname(file).split('/')[0] ?? '';
