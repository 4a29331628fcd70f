import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAmount, parseAmount } from '../src/index.js';

test('reads amounts as whole cents', () => {
  assert.equal(parseAmount('12.50'), 1250);
  assert.equal(parseAmount(' -3 '), -300);
  assert.equal(parseAmount('0.07'), 7);
  assert.ok(Object.is(parseAmount('-0.00'), 0));
});

test('refuses what is not an amount and shows it', () => {
  for (const text of ['', 'ten', '1.5', '1,50', '1e3']) {
    assert.throws(() => parseAmount(text), (error) => error instanceof TypeError && error.message.includes(`'${text}'`));
  }
});

test('writes what it reads', () => {
  for (const text of ['0.00', '0.07', '-0.50', '12.50', '-1234.00']) assert.equal(formatAmount(parseAmount(text)), text);
});
