import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  explain,
  failures,
  type FailureCode,
  isFailureCode,
  isRetryable,
  reasonOf,
} from '../../domain/failure.ts';
import { packageRoot } from '../../temporal/package-root.ts';
import { readImports } from '../support/imports.ts';

const codes = Object.keys(failures) as FailureCode[];
const rooms = ['domain', 'workflows', 'activities', 'config', 'temporal', 'client', 'workers'];
/** Lines of the product's code without its comments, except for the catalogue itself. */
const lines = [...readImports(packageRoot(), rooms).keys()]
  .filter((file) => file !== 'domain/failure.ts')
  .flatMap((file) =>
    readFileSync(join(packageRoot(), file), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
      .map((line) => ({ file, line })),
  );

describe('the catalogue', () => {
  it('has no code that nothing makes', () => {
    const compared = /(?:[!=]==|case) '\w+'/g;
    const made = lines.map(({ line }) => line.replaceAll(compared, '')).join('\n');

    expect(lines.length).toBeGreaterThan(10_000);
    expect(codes.filter((code) => !made.includes(`'${code}'`))).toEqual([]);
  });

  it('is the only place where a code is spelt into a sentence or a reason', () => {
    const sentence = new RegExp(`['"\`][^'"\`]*\\b(?:${codes.join('|')}): `);
    const reason = /\breason(?::| =| \?\?=) '[a-z_]+'/;
    const byHand = lines.filter(({ line }) => sentence.test(line) || reason.test(line));

    expect(sentence.test("feedback('EmptyDiff: nothing changed')")).toBe(true);
    expect(reason.test("run.reason ??= 'lease_lost';")).toBe(true);
    expect(byHand).toEqual([]);
  });

  it('lets a workflow try again by itself what Temporal tries again', () => {
    const retried = codes.filter(isRetryable);

    expect(retried.filter((code) => failures[code].response !== 'retry')).toEqual([]);
  });

  it('knows its own codes and no other name', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...codes, 'toString', '__proto__', 'constructor'), fc.string()),
        (name) => {
          expect(isFailureCode(name)).toBe(codes.some((code) => code === name));
        },
      ),
    );
  });
});

describe('explain', () => {
  it('puts the code before the sentence', () => {
    expect(explain('EmptyDiff', 'Nothing changed.')).toBe('EmptyDiff: Nothing changed.');
  });
});

describe('reasonOf', () => {
  it('spells a code as status does', () => {
    const reason: 'lease_lost' = reasonOf('LeaseLost');

    expect(reason).toBe('lease_lost');
  });

  it('gives every code a reason of its own', () => {
    const reasons = codes.map(reasonOf);

    expect(new Set(reasons).size).toBe(codes.length);
    expect(reasons.filter((reason) => !/^[a-z]+(_[a-z]+)*$/.test(reason))).toEqual([]);
  });
});
