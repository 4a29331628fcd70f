import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createCoalescer } from '../../client/webhooks/coalesce.ts';
import { createDeliveries } from '../../client/webhooks/deliveries.ts';
import { isSignature, verifiedText } from '../../client/webhooks/signature.ts';
import { signed } from './webhook-fixture.ts';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('joining what is the same', () => {
  it('each call is answered by work that began after it came, in few runs', async () => {
    const { join } = createCoalescer({ windowMs: 40 });
    let runs = 0;
    const work = async () => {
      const mine = ++runs;
      await pause(10);
      return mine;
    };
    const first = join('a', work);
    const joined = Array.from({ length: 50 }, () => join('a', work));
    const other = join('b', async () => 'b');

    expect(await first).toBe(1);
    expect(await other).toBe('b');
    expect(new Set(await Promise.all(joined))).toEqual(new Set([2]));
    expect(runs).toBe(2);
  });

  it('after the window a call runs at once again', async () => {
    const { join } = createCoalescer({ windowMs: 300 });
    let runs = 0;
    const work = async () => ++runs;
    await join('a', work);
    await pause(400);
    const again = join('a', work);

    expect(runs).toBe(2);
    expect(await again).toBe(2);
  });

  it('a failure is that of the calls it covers, and the next run is tried', async () => {
    const { join } = createCoalescer({ windowMs: 10 });
    let runs = 0;
    const work = async () => {
      runs += 1;
      if (runs < 3) throw new Error(`run ${runs}`);
      return 'fine';
    };
    const answers = await Promise.allSettled([join('a', work), join('a', work), join('a', work)]);

    expect(answers.map((each) => (each.status === 'rejected' ? String(each.reason) : each.value))).toEqual([
      'Error: run 1',
      'Error: run 2',
      'Error: run 2',
    ]);
    expect(await join('a', work)).toBe('fine');
  });

  it('never answers from before, and never loses a call, at any timing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ after: fc.nat(12), takes: fc.nat(8), fails: fc.boolean() }), { maxLength: 12 }),
        async (calls) => {
          const { join } = createCoalescer({ windowMs: 5 });
          let clock = 0;
          await Promise.all(
            calls.map(async ({ after, takes, fails }) => {
              await pause(after);
              const came = ++clock;
              const began = await join('a', async () => {
                const now = ++clock;
                await pause(takes);
                if (fails) throw new Error(String(now));
                return now;
              }).catch((error: unknown) => Number((error as Error).message));
              expect(began).toBeGreaterThan(came);
            }),
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('deliveries', () => {
  it('a repeat is told apart, and forgotten when it is too old', async () => {
    const deliveries = createDeliveries({ remembered: 2 });
    let done = 0;
    const work = async () => void (done += 1);

    expect(await deliveries.once('a', work)).toBe('first');
    expect(await deliveries.once('a', work)).toBe('repeat');
    await deliveries.once('b', work);
    await deliveries.once('c', work);
    expect(await deliveries.once('a', work)).toBe('first');
    expect(await deliveries.once('c', work)).toBe('repeat');
    expect(done).toBe(4);
  });

  it('two at the same moment count once, and fail together', async () => {
    const deliveries = createDeliveries();
    let tries = 0;
    const work = async () => {
      tries += 1;
      await pause(5);
      if (tries === 1) throw new Error('away');
    };
    const both = await Promise.allSettled([deliveries.once('a', work), deliveries.once('a', work)]);

    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await Promise.all([deliveries.once('a', work), deliveries.once('a', work)])).toEqual([
      'first',
      'repeat',
    ]);
    expect(tries).toBe(2);
  });

  it('without an id each counts', async () => {
    const deliveries = createDeliveries();
    let done = 0;
    const work = async () => void (done += 1);
    await deliveries.once(undefined, work);
    await deliveries.once(undefined, work);

    expect(done).toBe(2);
  });
});

describe('the signature', () => {
  const key = 'a key';

  it('is over the bytes: what differs in one is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (text, at, by) => {
          const body = Buffer.from(text);
          const changed = Buffer.from(body);
          changed[at % body.length] = (body[at % body.length] ?? 0) ^ by;

          expect(await verifiedText(key, body, signed(body, key))).toBe(text);
          expect(await verifiedText(key, changed, signed(body, key))).toBeUndefined();
        },
      ),
    );
  });

  it('is refused on bytes that are no text, on none, and in another form', async () => {
    const odd = Buffer.from([0x7b, 0xff, 0x7d]);

    expect(await verifiedText(key, odd, signed(odd, key))).toBeUndefined();
    expect(await verifiedText(key, Buffer.alloc(0), signed('', key))).toBeUndefined();
    expect(await verifiedText(key, Buffer.from('\ufeff{}'), signed('\ufeff{}', key))).toBe('\ufeff{}');
    expect([undefined, '', 'sha1=abc', `SHA256=${'0'.repeat(64)}`, 'sha256=xyz'].map(isSignature)).toEqual(
      Array(5).fill(false),
    );
  });
});
