import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  branchNameProblem,
  integrationBranch,
  phaseBranch,
  standaloneBranch,
} from '../../../domain/names/branches.ts';
import { epochRef } from '../../../domain/names/git-refs.ts';
import {
  parseWorkflowId,
  projectWorkflowId,
  standaloneTaskWorkflowId,
} from '../../../domain/names/workflow-ids.ts';
import { maxSlugLength, slugify, slugProblem } from '../../../domain/names/slug.ts';
import { anyName, hostileNames } from '../../support/hostile-names.ts';

describe('a slug', () => {
  it.each([
    ['Deployments UI', 'deployments-ui'],
    ['data model', 'data-model'],
    ['Phase_2', 'phase-2'],
    ['  spaced  ', 'spaced'],
  ])('of the plain name %j is %s, without a hash', (name, slug) => {
    expect(slugify(name)).toBe(slug);
  });

  it.each([
    ['Café', /^cafe-[0-9a-f]{8}$/],
    ['../../x', /^x-[0-9a-f]{8}$/],
    ['-rf', /^rf-[0-9a-f]{8}$/],
    ['🚀', /^x-[0-9a-f]{8}$/],
    ['HEAD', /^head-[0-9a-f]{8}$/],
    ['lock', /^lock-[0-9a-f]{8}$/],
    ['COM1', /^com1-[0-9a-f]{8}$/],
    ['', /^x-[0-9a-f]{8}$/],
    ['x'.repeat(300), /^x{39}-[0-9a-f]{8}$/],
  ])('of %j keeps what it can and gets a hash', (name, slug) => {
    expect(slugify(name)).toMatch(slug);
  });

  it('never changes from version to version: branches and workflow ids are made of it', () => {
    expect(['Café', '../../x', '🚀', 'x'.repeat(300)].map(slugify)).toMatchInlineSnapshot(`
[
  "cafe-c039cd84",
  "x-afdafc1d",
  "x-b7ec5414",
  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-cf05297b",
]
`);
  });

  it('is the same for the NFC and the NFD spelling of a name', () => {
    fc.assert(
      fc.property(anyName, (name) => slugify(name.normalize('NFD')) === slugify(name.normalize('NFC'))),
    );
  });

  it('is always valid, in ids, in branches and in hidden refs', () => {
    fc.assert(
      fc.property(anyName, fc.integer({ min: 1, max: 999 }), (name, number) => {
        const slug = slugify(name);
        expect(slugProblem(slug)).toBeUndefined();
        expect(slug.length).toBeLessThanOrEqual(maxSlugLength);
        expect(parseWorkflowId(projectWorkflowId(slug))).toEqual({ kind: 'project', slug });
        for (const branch of [
          integrationBranch(slug),
          phaseBranch(slug, number, slug),
          standaloneBranch(slug),
        ]) {
          expect(branchNameProblem(branch)).toBeUndefined();
        }
        expect(epochRef(standaloneTaskWorkflowId(slug))).toBe(`refs/phasewright/task.${slug}/epoch`);
      }),
    );
  });

  it('tells different names apart, as far as they are different for people', () => {
    const same = (name: string) =>
      name
        .normalize('NFC')
        .trim()
        .toLowerCase()
        .replace(/[ _-]+/g, '-');
    fc.assert(
      fc.property(anyName, anyName, (one, other) => {
        fc.pre(same(one) !== same(other));
        expect(slugify(one)).not.toBe(slugify(other));
      }),
      { numRuns: 1_000 },
    );
    const names = new Set(hostileNames.map((name) => name.normalize('NFC')));
    expect(new Set([...names].map(slugify)).size).toBe(names.size);
  });

  it.each([
    ['Deployments', 'for example'],
    ['a--b', 'single hyphens'],
    ['', 'holds only'],
    ['x'.repeat(49), 'at most 48'],
    ['lock', 'special'],
    ['con', 'special'],
  ])('chosen by a person as %j is refused', (slug, said) => {
    expect(slugProblem(slug)).toContain(said);
  });
});
