/** What a code host would turn into a mention, a reference or a closed issue. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { withoutReferences, withoutReferencesInMarkdown } from '../../../domain/text/references.ts';
import { anyName } from '../../support/hostile-names.ts';

const hidden = /\u200c/g;
/** As a code host looks for them: in the text that its Markdown left. */
const found = /(?:^|[^A-Za-z0-9_])@[a-z0-9]|#\d|(?:^|[^A-Za-z0-9])GH-\d|\/(?:issues|pull|discussions)\/\d/i;

const risky = [
  '@ann',
  '(@acme/core)',
  'fixes #12',
  'Closes: #12, #13',
  'acme/shop#12',
  'gh-12',
  'resolves https://github.com/acme/shop/issues/12',
  'https://github.example.com/acme/shop/pull/12/files#r1',
  'www.github.com/acme/shop/discussions/4',
  'é@ann',
  '@@ann',
  '##12',
];

describe('text of others', () => {
  it.each(risky)('refers to nothing and reads the same: %s', (text) => {
    const plain = withoutReferences(text);

    expect(text).toMatch(found);
    expect(plain).not.toMatch(found);
    expect(plain.replace(hidden, '')).toBe(text);
    expect(withoutReferencesInMarkdown(text)).toBe(plain);
  });

  it.each([
    'ann@example.com',
    'C# and F#',
    '# Heading',
    'a @ b',
    'v1.2.3',
    'https://example.com/issues/new',
    'high-12',
    'snake_@case',
  ])('stays as it is where nothing would be referred to: %s', (text) => {
    expect(withoutReferences(text)).toBe(text);
    expect(withoutReferencesInMarkdown(text)).toBe(text);
  });

  it('may be gone over twice', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...risky), anyName)), (parts) => {
        const once = withoutReferences(parts.join(' '));
        expect(withoutReferences(once)).toBe(once);
        expect(once.replace(hidden, '')).toBe(parts.join(' ').replace(hidden, ''));
        expect(once).not.toMatch(found);
      }),
    );
  });
});

describe('Markdown of others', () => {
  it('stays as it is in a fence, and only there', () => {
    const markdown = [
      '@ann',
      '```ts',
      '@Injectable() // #12',
      '~~~',
      '```',
      '@ann',
      '~~~~ a `b`',
      '#12',
      '~~~',
      '#12',
      '  ~~~~~ ',
      '#12',
      '````',
      '#12 to the end',
    ];

    const changed = withoutReferencesInMarkdown(markdown.join('\n'))
      .split('\n')
      .flatMap((line, index) => (line === markdown[index] ? [] : index));

    expect(changed).toEqual([0, 5, 11]);
  });

  it.each([
    ['a fence in a list, which ends with it', '- a\n  ```\n@ann'],
    ['code that is only indented', '    ```\n@ann'],
    ['ticks that open none', '``` `a` ```\n@ann'],
    ['two ticks', '``\n@ann'],
    ['a fence that has ended', '```\n```\n@ann'],
    ['a fence that a longer line ended', '~~~\n~~~~~\n@ann'],
  ])('refers to nothing after %s', (_what, markdown) => {
    expect(withoutReferencesInMarkdown(markdown)).toMatch(/@\u200cann$/);
  });

  it.each([
    '&#64;ann',
    '&commat;ann',
    '&num;12',
    '&#x23;12',
    '@&#97;nn',
    '#&#49;2',
    'GH&#45;12',
    'GH&hyphen;12',
    '@&fjlig;o',
  ])('hides nothing in an entity: %s', (text) => {
    const entities = /&(#|commat|num|sol|hyphen|dash|fjlig)/;
    expect(text).toMatch(entities);
    expect(withoutReferencesInMarkdown(text)).not.toMatch(entities);
    expect(withoutReferencesInMarkdown(text).replaceAll('&amp;', '&').replace(hidden, '')).toBe(text);
  });

  it.each(['\\@ann', '\\#12', 'acme/shop\\#12', 'GH\\-12', 'a.b/c/d/issues\\/12'])(
    'hides nothing behind a backslash: %s',
    (text) => {
      const shown = (markdown: string): string => markdown.replace(/\\(?=[!-/:-@[-`{-~])/g, '');
      expect(shown(text)).toMatch(found);
      expect(shown(withoutReferencesInMarkdown(text))).not.toMatch(found);
    },
  );
});
