/**
 * Answers kept in memory with their ETags: GitHub does not count a request that it answers with 304 ("Use conditional requests if
 * appropriate", docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api). What must stay true: GitHub is asked
 * each time, by the very token that got the answer before; and what an ETag says nothing about is not kept.
 */
import { createHash } from 'node:crypto';
import { unchanged } from './errors.ts';

export interface Asked {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly accept: string;
  readonly authorization: string;
}

export interface Answer {
  readonly status: number;
  readonly url: string;
  readonly headers: object;
  readonly data: unknown;
}

export interface Etags {
  /** Gives `send` the ETag to ask with, and answers a 304 with what is kept, as if GitHub had sent it now. Each answer is a new object. */
  ask<T extends Answer>(asked: Asked, send: (etag: string | undefined) => Promise<T>): Promise<T>;
  /** Nothing is kept any more: something was wrong with an answer, and its ETag would bring it back. */
  forget(): void;
}

export interface EtagLimits {
  readonly entries: number;
  readonly bytes: number;
}

interface Kept {
  readonly etag: string;
  /** The answer as JSON. */
  readonly text: Buffer;
}

/** About a hundred pull requests that wait at once. The least recently asked for go first. */
const defaultLimits: EtagLimits = { entries: 1_000, bytes: 32 * 1024 * 1024 };

export function createEtags(limits: EtagLimits = defaultLimits): Etags {
  const kept = new Map<string, Kept>();
  let bytes = 0;

  function drop(key: string): void {
    bytes -= kept.get(key)?.text.length ?? 0;
    kept.delete(key);
  }

  function keep(key: string, entry: Kept): void {
    drop(key);
    kept.set(key, entry);
    bytes += entry.text.length;
    for (const oldest of kept.keys()) {
      if (kept.size <= limits.entries && bytes <= limits.bytes) break;
      drop(oldest);
    }
  }

  return {
    async ask<T extends Answer>(asked: Asked, send: (etag: string | undefined) => Promise<T>): Promise<T> {
      if (asked.method !== 'GET') return send(undefined);
      const key = keyOf(asked);
      const known = kept.get(key);
      try {
        const answer = await send(known?.etag);
        const entry = entryOf(asked, answer);
        if (entry === undefined || entry.text.length > limits.bytes) drop(key);
        else keep(key, entry);
        return answer;
      } catch (error) {
        const headers = known === undefined ? undefined : unchanged(error);
        if (known === undefined || headers === undefined) throw error;
        // Another request may have brought a newer one meanwhile.
        if (kept.get(key) === known) keep(key, known);
        const answer = JSON.parse(known.text.toString('utf8')) as T;
        // GitHub's 304 has no `link`.
        return { ...answer, headers: { ...answer.headers, ...headers } };
      }
    },
    forget() {
      kept.clear();
      bytes = 0;
    },
  };
}

/** GitHub's ETags differ from token to token as well. The token itself is not kept. */
const keyOf = ({ method, url, accept, authorization }: Asked): string =>
  createHash('sha256')
    .update(JSON.stringify([authorization, method, url, accept]))
    .digest('base64');

function entryOf(asked: Asked, { status, url, headers, data }: Answer): Kept | undefined {
  const etag: unknown = Reflect.get(headers, 'etag');
  if (status !== 200 || typeof etag !== 'string' || etag === '') return undefined;
  if (mayGrow(asked.url, headers, data) || mayTurn(data)) return undefined;
  try {
    return { etag, text: Buffer.from(JSON.stringify({ status, url, headers, data })) };
  } catch {
    return undefined; // A number that JSON cannot write again.
  }
}

/** A full last page: its ETag stays the same when one more page follows it, and only the `link` of a whole answer tells. */
function mayGrow(url: string, headers: object, data: unknown): boolean {
  if (!Array.isArray(data) || /rel="next"/.test(String(Reflect.get(headers, 'link') ?? ''))) return false;
  return data.length >= Number(new URL(url).searchParams.get('per_page') ?? '30');
}

/**
 * An open pull request: others report that GitHub's ETag does not follow `mergeable` and `mergeable_state`, which GitHub works out in
 * the background. Kept, it could stay blocked for ever.
 */
const mayTurn = (data: unknown): boolean =>
  typeof data === 'object' && data !== null && 'mergeable' in data && Reflect.get(data, 'state') !== 'closed';
