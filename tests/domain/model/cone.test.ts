import { describe, expect, it } from '@jest/globals';
import { coneOf, isInCone, workspaceOf } from '../../../domain/model/cone.ts';
import type { ConflictedFile } from '../../../domain/model/git.ts';

const holds = (paths: readonly string[], path: string): boolean => {
  const cone = coneOf(paths);
  return cone === undefined || isInCone(cone, path);
};

describe('the folders of a project', () => {
  it.each([
    ['a file in one', 'services/shop/a.ts', true],
    ['a file far below one', 'services/shop/src/deep/a.ts', true],
    ['a file at the top', 'README.md', true],
    ['a file beside one', 'services/README.md', true],
    ['a folder of its own', 'services/shop/', true],
    ['a folder around one', 'services/', true],
    ['a file in another', 'services/pay/a.ts', false],
    ['a file whose folder begins alike', 'services/shop2/a.ts', false],
    ['a file in a folder at the top', 'docs/a.md', false],
    ['a folder beside one', 'services/pay/', false],
  ])('hold or leave out %s', (_what, path, isInside) => {
    expect(holds(['services/shop', 'libs/ui'], path)).toBe(isInside);
  });

  it('count once where one lies in another', () => {
    expect(coneOf(['services', 'services/shop'])).toEqual(coneOf(['services']));
  });

  it('are all of it when none is named', () => {
    expect(coneOf(undefined)).toBeUndefined();
    expect(coneOf([])).toBeUndefined();
  });
});

describe('the workspace of an agent', () => {
  const workspace = {
    owner: 'demo',
    repository: { kind: 'path', path: '/r' },
    host: 'one',
    paths: ['services/shop'],
  } as const;
  const conflict = (path: string, ...others: readonly string[]): ConflictedFile => ({
    path,
    kind: 'content',
    says: 'Both changed it.',
    others,
  });
  const merge = (...files: readonly ConflictedFile[]) => ({ parentSha: 'p', startSha: 's', files });
  const { paths: _paths, ...whole } = workspace;

  it('holds the named folders, also while a merge conflicts in them', () => {
    expect(workspaceOf(workspace, null)).toEqual(workspace);
    expect(workspaceOf(workspace, merge(conflict('services/shop/a'), conflict('README.md')))).toEqual(
      workspace,
    );
  });

  it('is the whole repository while a merge conflicts elsewhere', () => {
    expect(workspaceOf(workspace, merge(conflict('services/pay/a')))).toEqual(whole);
    expect(workspaceOf(workspace, merge(conflict('services/shop/a', 'libs/a')))).toEqual(whole);
  });

  it('is the whole repository when more conflicts than are named', () => {
    const files = Array.from({ length: 50 }, (_each, index) => conflict(`services/shop/${index}`));
    expect(workspaceOf(workspace, merge(...files))).toEqual(whole);
  });
});
