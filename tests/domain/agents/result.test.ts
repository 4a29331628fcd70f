import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  capBytes,
  maxResultBytes,
  readAnswer,
  readAnswerText,
} from '../../../domain/agents/result.schema.ts';
import { roles } from '../../../domain/model/project.ts';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const anyText = fc.string({ unit: 'binary', maxLength: 4000 });

describe('what an agent answers', () => {
  it('is a result of its role or unusable, and never an exception, whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...roles), fc.oneof(fc.jsonValue(), fc.anything()), (role, value) => {
        const { result } = readAnswer(role, value);
        expect(['maker', 'judge', 'breakdown', 'unusable']).toContain(result.kind);
        expect(bytes(result)).toBeLessThanOrEqual(4 * maxResultBytes);
      }),
    );
  });

  it('as text is never an exception either', () => {
    fc.assert(
      fc.property(fc.constantFrom(...roles), anyText, (role, text) => {
        expect(typeof readAnswerText(role, text).result.kind).toBe('string');
      }),
    );
  });

  it('fits into history, however much it says', () => {
    const long = '\u0000é世😀'.repeat(5000);
    const maker = readAnswer('implementer', { outcome: 'blocked', summary: long, question: long });
    expect(maker.result.kind).toBe('maker');
    expect(bytes(maker.result)).toBeLessThanOrEqual(maxResultBytes);
    const judge = readAnswer('gatekeeper', {
      decision: 'reject',
      comments: Array.from({ length: 500 }, () => long),
    });
    expect(bytes(judge.result)).toBeLessThanOrEqual(maxResultBytes);
    expect(judge.result).toMatchObject({
      comments: expect.arrayContaining([expect.stringMatching(/more comments are in the attempt/)]),
    });
  });

  it('keeps a plan whole or refuses it', () => {
    const tasks = Array.from({ length: 50 }, (_, number) => ({
      title: `Task ${number}`,
      description: 'x'.repeat(500),
    }));
    expect(readAnswer('breakdown', { tasks }).result).toEqual({ kind: 'breakdown', tasks });
    expect(readAnswer('breakdown', { tasks: [...tasks, ...tasks, ...tasks] }).result).toMatchObject({
      type: 'InvalidAgentResult',
    });
    expect(readAnswer('breakdown', { tasks: [] }).result).toMatchObject({ type: 'InvalidAgentResult' });
  });

  it('may name conflicted files that are right as they stand, as many as history has room for', () => {
    const answer = (resolved: unknown) =>
      readAnswer('implementer', { outcome: 'done', summary: 'x', resolved }).result;
    expect(answer(['logo.bin'])).toMatchObject({ kind: 'maker', resolved: ['logo.bin'] });
    expect(answer('logo.bin')).toMatchObject({ kind: 'unusable', type: 'InvalidAgentResult' });
    const many = answer(Array.from({ length: 10_000 }, (_each, at) => `${at}.bin`));
    expect(JSON.stringify(many).length).toBeLessThan(maxResultBytes);
  });

  it('may start with a byte order mark', () => {
    expect(readAnswerText('gatekeeper', '\ufeff{"decision":"accept"}').result).toEqual({
      kind: 'judge',
      decision: 'accept',
      comments: [],
    });
  });
});

describe('a text that is cut', () => {
  it('fits, says so, and is whole if it fits anyway', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 100, max: 3000 }), (text, max) => {
        const cut = capBytes(text, max);
        expect(bytes(cut)).toBeLessThanOrEqual(max);
        if (bytes(text) <= max) expect(cut).toBe(text);
        else expect(cut).toContain('[cut here');
      }),
    );
  });
});
