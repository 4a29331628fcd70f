/** How requests leave: one address, one user agent, a limit of time, no redirects followed, no retries. */
import { userAgent } from '../user-agent.ts';

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Below `/api/v1`, encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
}

export interface Reply {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly text: string;
}

/** Rejects as `fetch` does, when there is no whole answer. */
export type Transport = (sent: Sent) => Promise<Reply>;

export function createTransport(url: string, token: string, timeoutMs: number): Transport {
  const root = `${url.replace(/\/+$/, '')}/api/v1`;
  const headers = {
    accept: 'application/json',
    authorization: `token ${token}`,
    'user-agent': userAgent(),
  };
  return async ({ method, path, query = {}, body }) => {
    const address = new URL(`${root}${path}`);
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, String(value));
    const answer = await fetch(address, {
      method,
      // A redirect may not carry the token to where nobody configured it.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, header: (name) => answer.headers.get(name) ?? undefined, text };
  };
}

/** A path of parts, each of which may hold anything; slashes in a branch's name stay. */
export const pathOf = (...parts: readonly (string | number)[]): string =>
  parts.map((part) => `/${String(part).split('/').map(encodeURIComponent).join('/')}`).join('');
