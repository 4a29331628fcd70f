import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  guard,
  keepLast,
  type MessageName,
  messageFields,
  refusedMessage,
} from '../../../domain/messages/messages.ts';
import { undecodable } from '../../../domain/messages/undecodable.ts';

const names = Object.keys(messageFields) as MessageName[];

describe('message guards', () => {
  it('never throw, and accept only objects of known fields', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.anything(), (name, payload) => {
        const result = guard<Record<string, unknown>>(name, payload);
        if (result.ok)
          for (const key of Object.keys(result.value))
            expect(Object.keys(messageFields[name])).toContain(key);
        else expect(result.problem).toContain(`'${name}'`);
      }),
    );
  });

  it('an empty payload is refused; at least {} is needed', () => {
    expect(guard('approve', undefined)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('send at least {}'),
    });
    expect(guard('approve', {})).toEqual({ ok: true, value: {} });
  });

  it('names every problem at once', () => {
    const result = guard('reject', { headSha: 'xyz', phase: 0, hedSha: 'a', comment: ' ' });
    expect(result).toMatchObject({ ok: false });
    expect(!result.ok && result.problem).toBe(
      "'reject': 'hedSha' is not a field of 'reject'; 'phase' must be a whole number from 1; 'headSha' must be a commit SHA (7 to 64 hex digits); 'comment' is empty. It takes { commandId?, by?, gateId?, phase?, headSha?, comment, from? }.",
    );
  });

  it('bytes, and what could not be read, are refused for what they are', () => {
    expect(guard('approve', new Uint8Array(1_000))).toMatchObject({
      problem: expect.stringContaining('not bytes'),
    });
    expect(guard('approve', undecodable('Unknown encoding: made/up'))).toMatchObject({
      problem: expect.stringContaining("can't be read (Unknown encoding: made/up); send JSON"),
    });
  });

  it('a refusal stays small, whatever was sent', () => {
    const many = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, index) => [`${'k'.repeat(500)}${index}`, 1]),
    );
    const result = guard('approve', many);
    expect(!result.ok && result.problem).toContain('nor are 4995 more');
    expect(!result.ok && result.problem.length).toBeLessThan(1_000);
  });

  it('a string or a list is refused with the shape that is taken', () => {
    expect(guard('pause', 'now')).toMatchObject({
      ok: false,
      problem: "'pause' takes an object { commandId?, by?, reason? }, not a string.",
    });
    expect(guard('pause', [1])).toMatchObject({ ok: false, problem: expect.stringContaining('not a list') });
  });

  it('a flag is true or false, and nothing like it', () => {
    expect(guard('retry', { fresh: true })).toEqual({ ok: true, value: { fresh: true } });
    expect(guard('retry', { fresh: 'yes' })).toMatchObject({
      problem: expect.stringContaining("'fresh' must be true or false"),
    });
  });

  it('prototype names are not fields', () => {
    expect(guard('pause', JSON.parse('{"__proto__": 1, "constructor": 2}'))).toMatchObject({ ok: false });
  });
});

describe('what people fill', () => {
  it('keeps the newest, as many as the limit allows', () => {
    expect(keepLast([1, 2, 3], 4, 3)).toEqual([2, 3, 4]);
  });

  it('keeps fewer if they are large, and always the last', () => {
    const comment = 'x'.repeat(16_384);
    const kept = Array.from({ length: 50 }, (_, number) => ({ number, comment })).reduce(
      (all: { readonly number: number }[], each) => keepLast(all, each, 50),
      [],
    );
    expect(kept.map(({ number }) => number)).toEqual([43, 44, 45, 46, 47, 48, 49]);
    expect(keepLast([{ comment }], { comment: 'x'.repeat(1_000_000) }, 50)).toHaveLength(1);
  });

  it('is refused in few words, whatever was sent', () => {
    const long = 'x'.repeat(300_000);
    const kept = refusedMessage(long, { code: 'InvalidMessage', message: long }, 1);
    expect(JSON.stringify(kept).length).toBeLessThan(1_500);
  });
});
