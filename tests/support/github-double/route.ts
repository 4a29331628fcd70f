/** What a route is: whom it lets in, and what it answers. */
import type { Grant } from './access.ts';
import type { Operation } from './operations.ts';
import type { Refusal } from './refusal.ts';
import type { App, Credential, Permission, Repository } from './state.ts';
import type { World } from './world.ts';

export interface Request {
  readonly world: World;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface RepositoryCall extends Request {
  readonly repository: Repository;
  readonly login: string;
  readonly credential: Credential;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** The list that `body` is a page of. */
  readonly pages?: { readonly page: number; readonly last: number };
}

export type Route =
  | {
      readonly on: 'repository';
      /** What a person needs; Apps and fine-grained tokens need `grant`. */
      readonly permission: Permission;
      readonly grant: Grant;
      /** Instead of the general words when the person may not. */
      readonly otherwise?: Refusal;
      handle(call: RepositoryCall): Answer;
    }
  | { readonly on: 'account'; handle(call: Request & { readonly credential: Credential }): Answer }
  | { readonly on: 'app'; handle(call: Request & { readonly app: App }): Answer };

export type Routes = Readonly<Partial<Record<Operation, Route>>>;

export const ok = (body: unknown, status = 200): Answer => ({ status, body });

/** A page of a list, as `page` and `per_page` say. */
export function paged<T>(
  { query }: Pick<Request, 'query'>,
  list: readonly T[],
  show: (page: readonly T[]) => unknown,
): Answer {
  const size = Math.min(100, Math.max(1, Number(query.get('per_page') ?? 30) || 30));
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const last = Math.max(1, Math.ceil(list.length / size));
  return { status: 200, body: show(list.slice((page - 1) * size, page * size)), pages: { page, last } };
}

export const numberOf = ({ params }: Pick<Request, 'params'>, name: string): number => Number(params[name]);

/** A text of the request body; undefined: left out. */
export function textOf({ body }: Pick<Request, 'body'>, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}
