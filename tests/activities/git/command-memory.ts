/** Runs git commands, each in an asynchronous context of its own as activities do, and prints how many of those contexts stay. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRunner } from '../../../activities/git/simple-git/command.ts';

const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error('Start it with --expose-gc.');

const run = createRunner({ env: process.env, onCommand: undefined });
const contexts = new AsyncLocalStorage<object>();
const made: WeakRef<object>[] = [];
async function inItsContext(): Promise<void> {
  const context = {};
  made.push(new WeakRef(context));
  await contexts.run(context, () => run({ verb: 'version', args: [], cwd: '/', gitDir: null }));
}
for (let count = 0; count < 30; count += 1) await inItsContext();
const alive = (): number => made.filter((each) => each.deref() !== undefined).length;
// The last ones end a moment after their answer.
for (let tries = 0; tries < 50 && alive() > 0; tries += 1) {
  await sleep(100);
  collect();
}
process.stdout.write(JSON.stringify({ made: made.length, alive: alive() }));
process.exit(0);
