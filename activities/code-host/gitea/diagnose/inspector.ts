/** How a set-up is looked at: as whoever the token is. Only reads; an answer that refuses is an answer, and trouble is an error. */
import { PortError } from '../../../support/errors.ts';
import { createSecrets } from '../../secrets.ts';
import { userAgent } from '../../user-agent.ts';

export interface Answer {
  readonly status: number;
  /** Undefined: not JSON. */
  readonly data: unknown;
  /** Gitea's words; empty: none. */
  readonly said: string;
  /** When it answered, by its own clock, in milliseconds since 1970; NaN: it does not say. */
  readonly date: number;
}

export interface Inspector {
  readonly url: string;
  readonly clock: () => number;
  readonly redact: (text: string) => string;
  /** Below `/api/v1`. `CodeHostUnavailable`: no answer came, or the server is in trouble. */
  ask(path: string): Promise<Answer>;
}

export interface InspectorOptions {
  /** Of its pages. */
  readonly url: string;
  readonly token: string;
  readonly timeoutMs?: number;
  readonly clock?: () => number;
}

/** A person waits for the answer. */
const timeoutMs = 10_000;

export function createInspector({
  url,
  token,
  timeoutMs: given = timeoutMs,
  clock = Date.now,
}: InspectorOptions): Inspector {
  const { hide, redact } = createSecrets('Gitea token');
  hide(token, 'Gitea token');
  const headers = {
    accept: 'application/json',
    authorization: `token ${token}`,
    'user-agent': userAgent(),
  };
  return {
    url,
    clock,
    redact,
    async ask(path) {
      const signal = AbortSignal.timeout(given);
      let answer: Response;
      let text: string;
      try {
        // A redirect would carry the token to where nobody configured it.
        answer = await fetch(`${url}/api/v1${path}`, { headers, redirect: 'manual', signal });
        text = await answer.text();
      } catch (error) {
        throw unreachable(
          url,
          signal.aborted ? `no answer within ${given / 1_000} s` : reasonOf(error),
          error,
        );
      }
      const data = parse(text);
      const said = wordsOf(data);
      if (answer.status >= 500)
        throw unreachable(url, `it answers ${answer.status}${said === '' ? '' : `: ${redact(said)}`}`);
      return { status: answer.status, data, said, date: Date.parse(answer.headers.get('date') ?? '') };
    },
  };
}

const unreachable = (url: string, why: string, cause?: unknown): PortError =>
  new PortError(
    'CodeHostUnavailable',
    `Gitea at ${url} can't be asked: ${why}. Check PHASEWRIGHT_GITEA_URL, and whether this machine reaches it.`,
    { cause },
  );

/** What the network says lies below what `fetch` says. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  const { message: below, code } = (cause ?? {}) as { readonly message?: string; readonly code?: string };
  return [below, code, message].find((text) => text !== undefined && text !== '') ?? 'no reason is known';
}

function wordsOf(data: unknown): string {
  const said = (data as { readonly message?: unknown } | null | undefined)?.message;
  return typeof said === 'string' ? said : '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
