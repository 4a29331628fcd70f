import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pathFromBytes, pathToBytes } from '../../../domain/text/byte-path.ts';
import { anyName } from '../../support/hostile-names.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('paths as bytes', () => {
  it('leaves a path that is UTF-8 as it is, a byte order mark included', () => {
    for (const path of ['src/a.ts', 'Füße/日本語.txt', 'back\\slash', '\ufeffmark', 'a "b"', ''])
      expect(pathFromBytes(bytesOf(path))).toBe(path);
  });

  it('writes any other path as git quotes it', () => {
    expect(pathFromBytes(Buffer.from('dir\\na"me/gr\xfcn.txt', 'latin1'))).toBe(
      '"dir\\\\na\\"me/gr\\374n.txt"',
    );
  });

  it('tells a path that looks quoted from a quoted one', () => {
    const tricky = bytesOf('"gr\\374n.txt"');
    expect(pathFromBytes(tricky)).not.toBe('"gr\\374n.txt"');
    expect([...pathToBytes(pathFromBytes(tricky))]).toEqual([...tricky]);
  });

  it('takes a text that nobody quoted as it stands', () => {
    expect([...pathToBytes('"half')]).toEqual([...bytesOf('"half')]);
  });

  it('gives back the very bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const path = pathFromBytes(bytes);
        expect([...pathToBytes(path)]).toEqual([...bytes]);
        expect(bytesOf(path)).toEqual(bytesOf(JSON.parse(JSON.stringify(path)) as string));
      }),
    );
    fc.assert(
      fc.property(anyName, (name) => {
        const bytes = bytesOf(name);
        expect([...pathToBytes(pathFromBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });
});
