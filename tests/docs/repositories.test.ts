/** What the page on repositories says that we say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import {
  filterProblem,
  noFolder,
  notTheTop,
  notTrusted,
  shapeProblem,
  submoduleWarning,
} from '../../domain/project-file/preflight.ts';
import { page, root, table } from './pages.ts';

const filter = { filter: 'lfs', paths: ['a.psd'], where: '.gitattributes:1' };
const shape = { shallow: false, partial: false, objectFormat: 'sha1' };
const ours = [
  filterProblem({ ...filter, why: 'not_allowed' }),
  filterProblem({ ...filter, why: 'not_defined' }),
  submoduleWarning(['lib'], []),
  noFolder('services/shop', 'main'),
  notTheTop('/srv/shop/api', '/srv/shop'),
  notTrusted('/srv/shop', 'worker'),
  shapeProblem('/srv/shop', { ...shape, shallow: true }),
  shapeProblem('/srv/shop', { ...shape, partial: true }),
  shapeProblem('/srv/shop', { ...shape, objectFormat: 'sha256' }),
  // What depends on the words of others.
  ...['refusals.ts', 'grounds/take-tree.ts', 'grounds/sparse.ts'].map((file) =>
    readFileSync(join(root, 'activities/git/simple-git', file), 'utf8'),
  ),
];

/** The parts stand in it in this order. */
function holds(sentence: string, parts: readonly string[]): boolean {
  let from = 0;
  return parts.every((part) => {
    const at = sentence.indexOf(part, from);
    from = at + part.length;
    return at >= 0;
  });
}

it('docs/repositories.md quotes sentences that are said', () => {
  const rows = table(
    page('docs/repositories.md'),
    'kind',
    'works?',
    'how, or with which sentence it is refused',
  );
  const quotes = rows.flatMap(([, , how = '']) =>
    [...how.matchAll(/"([^"]+)"/g)].map(([, quote = '']) => quote),
  );

  expect(rows).toHaveLength(16);
  expect(quotes.length).toBeGreaterThan(10);
  expect(
    quotes.filter(
      (quote) =>
        !ours.some((sentence) =>
          holds(
            sentence ?? '',
            quote.split('…').map((part) => part.trim()),
          ),
        ),
    ),
  ).toEqual([]);
  expect(rows.filter(([, works, how = '']) => works === 'refused' && !how.includes('"'))).toEqual([]);
});
