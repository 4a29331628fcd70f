import { describe, expect, it } from '@jest/globals';
import { formatBytes, parseBytes } from '../../../domain/text/bytes.ts';

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1_900_000_000, '1.8 GiB'],
    [1.5 * 2 ** 40, '1.5 TiB'],
    [2 ** 53, '8192 TiB'],
  ])('of %d bytes reads %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    ['4096', 4096],
    ['4096 B', 4096],
    ['500MiB', 500 * 2 ** 20],
    ['1.5 gib', 1.5 * 2 ** 30],
    [' 2TiB ', 2 * 2 ** 40],
  ])('written %j is understood', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'much', '-1', '1GB', '1e3', '999999999999999TiB', 'GiB'])('is not %j', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });
});
