/**
 * Loaded into every thread of a worker process (`--import`, with `--expose-gc`): workflows live in a thread of the SDK's, whose
 * heap can't be collected or seen from outside. Each thread says that it is there, and what it holds when the main one asks.
 */
import { getHeapStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';

/** Live JavaScript after a collection, in bytes: of the main thread, where activities run, and of the others. */
export interface LiveBytes {
  readonly activities: number;
  readonly workflows: number;
}
type Word = 'here' | 'measure' | { readonly liveBytes: number };

const channel = new BroadcastChannel('phasewright-bench-memory');
let others = 0;
let answered: ((liveBytes: number) => void) | undefined;
channel.onmessage = (event) => {
  const word = (event as { readonly data: Word }).data;
  if (word === 'here') others += 1;
  else if (word === 'measure') channel.postMessage({ liveBytes: collect() } satisfies Word);
  else answered?.(word.liveBytes);
};
if (isMainThread) channel.unref();
else channel.postMessage('here' satisfies Word);

/**
 * Twice: what a finalizer lets go of is collected only by the second. Of the thorough kind, which gives back the room for new
 * objects that a busy time has made: by itself this happens sooner or later, and would be counted for whoever was busy last.
 */
function collect(): number {
  for (let round = 0; round < 2; round += 1)
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return getHeapStatistics().used_heap_size;
}

/** For the main thread, one call at a time. */
export async function measureLiveBytes(): Promise<LiveBytes> {
  const activities = collect();
  let workflows = 0;
  let left = others;
  if (left === 0) return { activities, workflows };
  return new Promise((resolve) => {
    answered = (liveBytes) => {
      workflows += liveBytes;
      left -= 1;
      if (left === 0) resolve({ activities, workflows });
    };
    channel.postMessage('measure' satisfies Word);
  });
}
