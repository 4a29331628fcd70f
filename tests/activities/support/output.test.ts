import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TailBuffer, endOf, lastLineOf, plainOutput } from '../../../activities/support/output.ts';
import { createRedactor } from '../../../activities/support/redact.ts';

const chunks = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 30 });

describe('the tail of a stream', () => {
  it('is its last bytes, however they came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 40 })),
        fc.integer({ min: 1, max: 50 }),
        (parts, size) => {
          const tail = new TailBuffer(size);
          for (const part of parts) tail.push(Buffer.from(part));
          const whole = parts.join('');
          expect(tail.text()).toBe(whole.slice(Math.max(0, whole.length - size)));
          expect(tail.total).toBe(whole.length);
        },
      ),
    );
  });

  it('never starts in the middle of a character', () => {
    const tail = new TailBuffer(10);
    tail.push(Buffer.from('😀😀😀😀'));
    expect(tail.text()).toBe('😀😀');
  });
});

describe('output for people', () => {
  it('has no colours, titles or controls', () => {
    expect(plainOutput('\u001b[1;31mred\u001b[0m\u001b]0;title\u0007 a\u0000b\u202ec\r\nx\ty')).toBe(
      'red abc\nx\ty',
    );
  });
  it('ends with its last line that says something', () => {
    expect(lastLineOf('one\n\u001b[32mtwo\u001b[0m  \n\n \n')).toBe('two');
    expect(lastLineOf('\n \n')).toBe('');
  });
  it('is cut at the front, at a line if one is near', () => {
    expect(endOf('first line\nsecond line\nthird line of text', 25)).toBe('third line of text');
    expect(endOf('é'.repeat(100), 11)).toBe('é'.repeat(5));
  });
});

describe('secrets in output', () => {
  it('are replaced wherever the pieces are cut, and everything else stays', () => {
    const redactor = createRedactor({
      A_TOKEN: 'hunter2-hunter2',
      B_SECRET: 'hunter2-hunter2-long',
      PATH: '/usr/bin:/bin',
    });
    const text = 'x hunter2-hunter2 y hunter2-hunter2-long z /usr/bin:/bin hunter2-hunter';
    const expected = 'x [A_TOKEN] y [B_SECRET] z /usr/bin:/bin hunter2-hunter';
    expect(redactor.text(text)).toBe(expected);
    for (let size = 1; size <= text.length; size += 1) {
      const stream = redactor.stream();
      const out: Buffer[] = [];
      for (let at = 0; at < text.length; at += size)
        out.push(Buffer.from(stream.push(Buffer.from(text.slice(at, at + size)))));
      out.push(stream.flush());
      expect(Buffer.concat(out).toString()).toBe(expected);
    }
  });

  it('are user and password of a proxy or a database, however they are printed', () => {
    const redactor = createRedactor({
      https_proxy: 'http://ann:p%40ss-word@proxy.example:3128',
      DATABASE_URL: 'postgres://shop:pw@db.example/shop',
      no_proxy: 'localhost,127.0.0.1',
      GIT_AUTHOR_NAME: 'Ann Example',
      REMOTE: 'ssh://somebody-else@host.example/shop.git',
      MIRROR: 'https://a-long-token@host.example/shop.git',
    });
    const basic = Buffer.from('ann:p@ss-word').toString('base64');
    for (const [said, heard] of [
      [
        'https_proxy=http://ann:p%40ss-word@proxy.example:3128',
        'https_proxy=http://[https_proxy]@proxy.example:3128',
      ],
      ['Proxy-Authorization: Basic ' + basic, 'Proxy-Authorization: Basic [https_proxy]'],
      ['password p@ss-word or p%40ss-word', 'password [https_proxy] or [https_proxy]'],
      ['connect postgres://shop:pw@db.example/shop', 'connect postgres://[DATABASE_URL]@db.example/shop'],
      [
        'localhost,127.0.0.1 pw Ann Example somebody-else',
        'localhost,127.0.0.1 pw Ann Example somebody-else',
      ],
      ['a-long-token', '[MIRROR]'],
    ] as const)
      expect(redactor.text(said)).toBe(heard);
  });

  it('are none where no name says so: then every byte passes', () => {
    fc.assert(
      fc.property(chunks, (parts) => {
        const stream = createRedactor({ A_TOKEN: 'hunter2-hunter2' }).stream();
        const out = [...parts.map((part) => Buffer.from(stream.push(Buffer.from(part)))), stream.flush()];
        expect(Buffer.concat(out).equals(Buffer.concat(parts))).toBe(true);
      }),
    );
  });
});
