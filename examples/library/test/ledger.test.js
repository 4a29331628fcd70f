import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../src/index.js';

test('a balance is the sum of the entries of an account', () => {
  const ledger = new Ledger();
  ledger.post({ date: '2026-03-01', account: 'cash', amount: 1250 });
  ledger.post({ date: '2026-03-02', account: 'cash', amount: -200 });
  ledger.post({ date: '2026-03-02', account: 'bank', amount: 999 });

  assert.equal(ledger.balance('cash'), 1050);
  assert.equal(ledger.balance('nothing'), 0);
});

test('entries cannot be changed from outside', () => {
  const ledger = new Ledger();
  ledger.post({ date: '2026-03-01', account: 'cash', amount: 1250 });

  ledger.entries.pop();
  assert.throws(() => {
    ledger.entries[0].amount = 1;
  }, TypeError);
  assert.equal(ledger.balance('cash'), 1250);
});

test('a wrong date or amount is refused and nothing is posted', () => {
  const ledger = new Ledger();

  assert.throws(() => ledger.post({ date: 'yesterday', account: 'cash', amount: 1 }), /'yesterday'/);
  assert.throws(() => ledger.post({ date: '2026-03-01', account: 'cash', amount: 0.5 }), /0\.5/);
  assert.throws(() => ledger.post({ date: '2026-03-01', account: 'cash', amount: 0 }), TypeError);
  assert.deepEqual(ledger.entries, []);
});
