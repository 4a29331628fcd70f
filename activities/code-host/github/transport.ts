/** How requests leave: one address, one user agent, one version of the API, a limit of time, no retries, nothing logged. */
import { Octokit } from '@octokit/rest';
import { userAgent } from '../user-agent.ts';
import { whole } from './errors.ts';
import type { Etags } from './etags.ts';

/** Documented until at least 2028; the next one drops `merge_commit_sha`, which says how a pull request was merged. */
const apiVersion = '2022-11-28';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export type OctokitOptions = NonNullable<ConstructorParameters<typeof Octokit>[0]>;

export interface Transport {
  /**
   * An Octokit whose every request goes through `hook`, which gets a function that sends it and may call it again with
   * another `Authorization`. Undefined: as the Octokit's own strategy says. Only answers to such an `Authorization` are kept in `etags`.
   */
  octokit(hook: RequestHook, extra?: OctokitOptions, etags?: Etags): Octokit;
}

export type RequestHook = <T>(send: (authorization?: string) => Promise<T>) => Promise<T>;

export function createTransport(apiUrl: string, timeoutMs: number): Transport {
  const { origin } = new URL(apiUrl);
  // Neither a redirect nor the link to a next page may carry a credential to where nobody configured it.
  const send: typeof fetch = async (input, init) => {
    const { href, origin: target } = new URL(input instanceof Request ? input.url : input);
    if (target !== origin) throw new TypeError(`an answer leads to another address: ${href}`);
    return fetch(input, { ...init, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) });
  };
  const options: OctokitOptions = {
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: userAgent(),
    log: silent,
    request: { fetch: send, log: silent },
  };
  return {
    octokit(hook, extra = {}, etags) {
      const octokit = new Octokit({ ...options, ...extra });
      octokit.hook.wrap('request', (request, given) =>
        hook(async (authorization) => {
          // In place: the hooks below this one were given these very options already.
          given.headers['x-github-api-version'] = apiVersion;
          if (authorization !== undefined) given.headers.authorization = authorization;
          const send = async (etag?: string) => {
            given.headers['if-none-match'] = etag;
            return whole(await request(given));
          };
          if (etags === undefined || authorization === undefined) return send();
          const { method, url, headers } = octokit.request.endpoint.parse(given);
          return etags.ask({ method, url, accept: String(headers.accept), authorization }, send);
        }),
      );
      return octokit;
    },
  };
}
