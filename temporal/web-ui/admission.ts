/**
 * Whom the guard of the Web UI lets in: this machine's people, by the guard's own address, and pages that came from there.
 * A page of another place must neither read nor change anything here: not by a form or `fetch` (Fetch metadata, RFC 6454
 * origins), and not by a name of its own that it has pointed at this machine (DNS rebinding).
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface Asked {
  readonly method: string;
  /** As it was sent: `/path?query`. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Refusal {
  readonly status: 400 | 403 | 421;
  readonly sentence: string;
}

const harmless = new Set(['GET', 'HEAD']);

/** Undefined: let it in. */
export function refusalOf({ method, target, headers }: Asked, port: number): Refusal | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (!hosts.includes(headers.host?.toLowerCase() ?? '')) {
    return {
      status: 421,
      sentence: `This Web UI answers at http://${hosts[0]} only, not by another name.`,
    };
  }
  if (!target.startsWith('/')) return { status: 400, sentence: 'This is not a proxy.' };
  const { origin } = headers;
  if (origin !== undefined && !hosts.some((host) => origin === `http://${host}`)) return foreign;
  const site = headers['sec-fetch-site'];
  const elsewhere = site !== undefined && site !== 'same-origin' && site !== 'none';
  return elsewhere && !(harmless.has(method) && followsLink(headers)) ? foreign : undefined;
}

const foreign: Refusal = {
  status: 403,
  sentence: 'Refused: a page of another place asked for this. Open the Web UI by its own address.',
};

/** A person followed a link to a page of ours, which is shown to them alone: not in a frame, not to a script. */
const followsLink = (headers: IncomingHttpHeaders): boolean =>
  headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
