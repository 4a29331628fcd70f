import { describe, expect, it } from '@jest/globals';
import { firstWords } from '../../../domain/text/first-words.ts';

describe('the first words of a failure', () => {
  it.each([
    ['ends where it ended', 'The disk is read-only.', 'The disk is read-only.'],
    ['is one line', 'fatal: no path\n  to the host\r\n', 'fatal: no path to the host'],
    ['has no colours', '\u001b[31;1merror\u001b[0m: \u001b]0;title\u0007no', 'error: no'],
    ['has no colours that were escaped before', '\\u{1b}[31merror\\u{1b}[0m: no', 'error: no'],
    [
      'has no progress',
      'Cloning failed: remote: Counting objects:  10% (1/10)\rremote: Counting objects: 100% (10/10)\rfatal: early EOF',
      'Cloning failed: fatal: early EOF',
    ],
    [
      'has no progress that was escaped before, and no totals',
      'remote: Enumerating objects: 12, done.\\u{d}Receiving objects:  50% (6/12), 1.2 MiB | 3 MiB/s\\u{d}fatal: broken pipe',
      'fatal: broken pipe',
    ],
    ['has no advice', 'error: refused\nhint: Pull first.\nremote: hint: or ask', 'error: refused'],
    ['keeps percentages that are no progress', 'Disk quota: 100% used', 'Disk quota: 100% used'],
    ['controls nothing', 'a\u0007b\u202ec', 'a\\u{7}b\\u{202e}c'],
    ['is never empty', ' \r\u001b[0m\n', 'It failed without a word.'],
  ])('%s', (_what, text, words) => {
    expect(firstWords(text)).toBe(words);
  });

  it('ends with a whole sentence, or else with dots', () => {
    expect(firstWords('It broke. Badly. Then more was said about it.', 20)).toBe('It broke. Badly.');
    expect(firstWords('It broke in a way that needs many words', 20)).toBe('It broke in a way t…');
  });
});
