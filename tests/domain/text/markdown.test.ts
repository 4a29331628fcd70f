/** Text of people inside our Markdown: shown, never obeyed. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  codeBlock,
  codeSpan,
  cutWithNote,
  prose,
  quote,
  silentProse,
  table,
} from '../../../domain/text/markdown.ts';
import { anyName } from '../../support/hostile-names.ts';

const hostile = fc.oneof(
  anyName,
  fc.constantFrom(
    '<!-- phasewright:project.x -->',
    '```\n# Top',
    '`'.repeat(30),
    'a\\|b|c',
    '[x]: http://x.invalid',
  ),
);

describe('prose', () => {
  it('shows what would be Markdown as it was written', () => {
    expect(prose('*a* _b_ ~c~ `d` [e](f) <g> &amp; \\*')).toBe(
      '\\*a\\* \\_b\\_ \\~c\\~ \\`d\\` \\[e\\](f) &lt;g> \\&amp; \\\\\\*',
    );
  });

  it('leaves alone what Markdown leaves alone', () => {
    expect(prose("snake_case (and) a & b: 'c' -> C:\\dir, #7")).toBe(
      "snake_case (and) a & b: 'c' -> C:\\dir, #7",
    );
  });

  it('is one line without a comment, a bare bracket, bar or tick, whatever is in it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const shown = prose(text);
        expect(shown).not.toMatch(/[\n<]/);
        expect(shown.replaceAll(/\\./gu, '')).not.toMatch(/[`*|~[\]]/);
      }),
    );
  });
});

describe('prose for a code host', () => {
  it('is the prose that it is, and mentions nobody', () => {
    expect(silentProse('*@ann* closes #7')).toBe('\\*@\u200cann\\* closes #\u200c7');
    expect(silentProse('\\@ann &#64;ann')).toBe('\\\\@\u200cann \\&#\u200c64;ann');
  });
});

describe('code', () => {
  it('has more ticks around it than in it', () => {
    expect(codeSpan('npm test')).toBe('`npm test`');
    expect(codeSpan('echo `date`')).toBe('`` echo `date` ``');
    expect(codeSpan('')).toBe('` `');
    expect(codeBlock('sh', 'a', '```', 'b')).toBe('````sh\na\n```\nb\n````');
  });

  it('never ends early, and holds no comment', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const span = codeSpan(text);
        const [ticks = ''] = /^`+/.exec(span) ?? [];
        const inside = span.slice(ticks.length, -ticks.length);
        expect(span.endsWith(ticks)).toBe(true);
        expect(inside.match(/`+/g) ?? []).not.toContain(ticks);
        expect(`${span}${codeBlock('sh', text)}`).not.toContain('<!--');
      }),
    );
  });
});

describe('a quotation', () => {
  it('keeps every line in it, without a tag', () => {
    expect(quote('a\n\n<b>\n```')).toBe('> a\n>\n> &lt;b>\n> ```');
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        expect(
          quote(`${a}\n${b}`)
            .split('\n')
            .filter((line) => !line.startsWith('>')),
        ).toEqual([]);
      }),
    );
  });
});

describe('a table', () => {
  it('has as many cells in a row as headings, whatever is in them', () => {
    fc.assert(
      fc.property(hostile, hostile, (a, b) => {
        const row = table(['one', 'two'], [[prose(a), codeSpan(b)]]).split('\n')[2] ?? '';
        expect(row.match(/(?<!\\)\|/g)).toHaveLength(3);
      }),
    );
  });
});

describe('Markdown that is too long', () => {
  it('is cut with a note, within the limit and between characters', () => {
    expect(cutWithNote('x'.repeat(100), 60)).toMatch(/^x+\n\n\*\[cut here: \d+ more characters\]\*$/);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.nat(200), (text, max) => {
        const kept = cutWithNote(text, max);
        expect(kept.length).toBeLessThanOrEqual(Math.max(text.length <= max ? text.length : max, 0));
        expect(kept).not.toMatch(/\p{Surrogate}/u);
      }),
    );
  });
});
