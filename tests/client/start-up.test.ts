/** What a command loads before it does anything: most of the time that a short command takes is the time that its imports take. */
import { describe, expect, it } from '@jest/globals';
import { packageRoot } from '../../temporal/package-root.ts';
import { readImports } from '../support/imports.ts';

const graph = readImports(packageRoot(), [
  'domain',
  'workflows',
  'activities',
  'config',
  'temporal',
  'client',
]);

/** The packages that a module brings along, without what is imported only when the code gets there. */
function packagesOf(entry: string): readonly string[] {
  expect(graph.has(entry)).toBe(true);
  const loaded = new Set<string>();
  const visit = (file: string): void => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { to, typeOnly, lazy } of graph.get(file) ?? []) if (!typeOnly && !lazy) visit(to);
  };
  visit(entry);
  return [...loaded].filter((file) => !graph.has(file) && !file.startsWith('node:')).toSorted();
}

describe('the command line', () => {
  it('starts with what reads arguments and colours text, whatever the command', () => {
    expect(packagesOf('client/cli/main.ts')).toEqual(['commander', 'picocolors']);
  });

  it('judges project files without a word to a server', () => {
    expect(packagesOf('client/cli/files.ts')).toEqual(['yaml', 'zod']);
  });

  it('reads the configuration without the client or the activities', () => {
    expect(packagesOf('config/load.ts')).toEqual(['@temporalio/envconfig', 'zod']);
  });

  it('asks the server without what judges project files', () => {
    expect(packagesOf('client/cli/session.ts')).toEqual(['@temporalio/client', '@temporalio/common']);
  });
});
