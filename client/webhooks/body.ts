/** The bytes of a request, as they came, within one budget for all that are being read: anybody may send, signed or not. */
import type { IncomingMessage } from 'node:http';

/** Bytes that may be held at once. Counted as they arrive: who only announces much takes nothing from others. */
export interface MemoryBudget {
  readonly free: number;
  /** False: they don't fit, and nothing is taken. */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export function createMemoryBudget(bytes: number): MemoryBudget {
  let free = bytes;
  return {
    get free() {
      return free;
    },
    take(wanted) {
      if (wanted > free) return false;
      free -= wanted;
      return true;
    },
    giveBack(taken) {
      free += taken;
    },
  };
}

export type Refused = 'too large' | 'no room';

/**
 * What `use` makes of the body; the body's share of the budget is given back when that is made. Refused at once, without waiting for
 * the rest, when it is larger than `limit` or finds no room.
 */
export async function useBody<T>(
  request: IncomingMessage,
  { limit, budget }: { readonly limit: number; readonly budget: MemoryBudget },
  use: (body: Buffer) => Promise<T>,
): Promise<T | Refused> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) return 'too large';
  if (announced > budget.free) return 'no room';
  let size = 0;
  try {
    const parts: Buffer[] = [];
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (size + part.length > limit) return 'too large';
      if (!budget.take(part.length)) return 'no room';
      size += part.length;
      parts.push(part);
    }
    return await use(Buffer.concat(parts.splice(0)));
  } finally {
    budget.giveBack(size);
  }
}
