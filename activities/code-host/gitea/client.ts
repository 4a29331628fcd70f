/**
 * Requests, as whoever has the token. What must stay true: while the host asks to wait nothing is sent; a request is sent once, and a
 * second time only where the first was sent on to a new name, so that nothing has happened; what comes in is read before anybody uses it.
 */
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { createRateLimits } from '../rate-limits.ts';
import type { Operation } from '../refusal.ts';
import { hostedOn } from '../repositories.ts';
import { type Redact, textOf } from '../wire.ts';
import type { Read } from './answers.schema.ts';
import { isAnswer, missingOnSeen, nonsense, outOfReach, refusal, unreachable, waitAsked } from './errors.ts';
import { pathOf, type Reply, type Sent, type Transport } from './transport.ts';

export interface Ask {
  readonly repository: RepositoryRef;
  /** Completes "Gitea could not …". */
  readonly what: string;
  /** Below the repository's own, in parts. */
  readonly path: readonly (string | number)[];
  readonly query?: Sent['query'];
}

export interface Change extends Ask {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly body: unknown;
}

export interface Client {
  /** Whatever goes wrong, reading the answer included, is a `PortError` that says what was wanted. */
  get<T>(ask: Ask, read: Read<T>): Promise<T>;
  /** For what may well be missing: whether the repository is seen is not asked. */
  seek<T>(ask: Ask, read: Read<T>): Promise<T>;
  /** All pages of a list. */
  all<T>(ask: Ask, read: Read<readonly T[]>): Promise<readonly T[]>;
  /** Page by page, as long as it is asked for more. */
  pages<T>(ask: Ask, read: Read<readonly T[]>): AsyncGenerator<readonly T[]>;
  change<T>(change: Change, read: Read<T>): Promise<T>;
  /** Throws if this token does not see the repository. */
  mustSee(repository: RepositoryRef): Promise<void>;
  /** Of no repository. `on` default: the token's account. */
  own<T>(what: string, path: string, read: Read<T>, on?: string): Promise<T>;
  /** Whether there is something, whatever it holds. */
  has(what: string, path: string, on: string): Promise<boolean>;
}

export interface ClientParts {
  readonly transport: Transport;
  readonly redact: Redact;
  readonly clock: () => number;
}

/** A server may have set less. */
const pageSize = 50;
const key = 'token';

export function createClient({ transport, redact, clock }: ClientParts): Client {
  const limits = createRateLimits({ name: 'Gitea', clock, waitAsked });
  /** By the name that a project knows. */
  const renamed = new Map<string, RepositoryRef>();

  async function send(sent: Sent, operation: Operation): Promise<Reply> {
    limits.gate(key);
    const reply = await transport(sent).catch((error: unknown) => {
      throw unreachable(operation, error, redact);
    });
    limits.learn(key, reply);
    limits.passed(key);
    if (reply.status < 200 || reply.status > 299) throw refusal(reply, operation, redact);
    return reply;
  }

  function taken<T>({ text }: Reply, operation: Operation, read: Read<T>): T {
    try {
      return read(text === '' ? undefined : JSON.parse(text));
    } catch (error) {
      throw nonsense(operation, redact(textOf(error)));
    }
  }

  const about = ({ repository, what }: Ask, write: boolean): Operation => ({
    on: labelOf(repository),
    what,
    write,
  });

  /** To where the repository is now. */
  async function sendTo(ask: Ask, how: Omit<Sent, 'path'>, operation: Operation): Promise<Reply> {
    const { label } = hostedOn('Gitea', ask.repository);
    const at = (repository: RepositoryRef): Sent => {
      const { owner, name } = hostedOn('Gitea', repository);
      return { ...how, path: pathOf('repos', owner, name, ...ask.path) };
    };
    try {
      return await send(at(renamed.get(label) ?? ask.repository), operation);
    } catch (error) {
      if (!isAnswer(error, 'moved') || error.movedTo === undefined) throw error;
      renamed.set(label, error.movedTo);
      return send(at(error.movedTo), operation);
    }
  }

  const seek: Client['seek'] = async (ask, read) => {
    const operation = about(ask, false);
    const { query = {} } = ask;
    return taken(await sendTo(ask, { method: 'GET', query }, operation), operation, read);
  };

  async function mustSee(repository: RepositoryRef): Promise<void> {
    try {
      await seek({ repository, what: 'find the repository', path: [] }, () => undefined);
    } catch (error) {
      throw isAnswer(error, 'missing') ? outOfReach(labelOf(repository), error.said) : error;
    }
  }

  /** Gitea's 404 is for what is missing, and for all that a token may not see. */
  const onSeen =
    (ask: Ask, write: boolean) =>
    async (error: unknown): Promise<never> => {
      if (!isAnswer(error, 'missing')) throw error;
      await mustSee(ask.repository);
      throw missingOnSeen(about(ask, write), error.said);
    };

  async function* pages<T>(ask: Ask, read: Read<readonly T[]>): AsyncGenerator<readonly T[]> {
    const operation = about(ask, false);
    for (let page = 1, seen = 0; ; page += 1) {
      const query = { ...ask.query, page, limit: pageSize };
      const reply = await sendTo(ask, { method: 'GET', query }, operation).catch(onSeen(ask, false));
      const items = taken(reply, operation, read);
      yield items;
      seen += items.length;
      const total = Number(reply.header('x-total-count') ?? Number.NaN);
      // Some of a page may be kept from us, so that the total is never reached: then the last page is empty.
      const more = Number.isNaN(total) ? items.length >= pageSize : seen < total;
      if (items.length === 0 || !more) return;
    }
  }

  return {
    seek,
    get: (ask, read) => seek(ask, read).catch(onSeen(ask, false)),
    pages,
    async all(ask, read) {
      const found = [];
      for await (const page of pages(ask, read)) found.push(...page);
      return found;
    },
    async change(change, read) {
      const { method, body } = change;
      const operation = about(change, true);
      const reply = await sendTo(change, { method, body }, operation).catch(onSeen(change, true));
      return taken(reply, operation, read);
    },
    mustSee,
    async has(what, path, on) {
      try {
        await send({ method: 'GET', path }, { on, what, write: false });
        return true;
      } catch (error) {
        if (isAnswer(error, 'missing')) return false;
        throw error;
      }
    },
    async own(what, path, read, on = "this token's account") {
      const operation: Operation = { on, what, write: false };
      return taken(await send({ method: 'GET', path }, operation), operation, read);
    },
  };
}

export const labelOf = (repository: RepositoryRef): string => hostedOn('Gitea', repository).label;
