/** One port for git and the REST API. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json, note, send, type Context, type Exchange } from './exchanges.ts';
import type { Faults } from './faults.ts';
import { isGitPath } from './git-http.ts';
import { findRoute } from './routes/index.ts';
import { serveGit } from './serve-git.ts';
import { serveRest } from './serve-rest.ts';
import type { Validator } from './validate.ts';
import type { World } from './world.ts';

export interface Served {
  readonly server: Server;
  readonly exchanges: readonly Exchange[];
}

export function createGitHubServer(world: World, faults: Faults, validator: Validator): Served {
  const exchanges: Exchange[] = [];
  const context = { world, faults, validator, exchanges };
  const server = createServer((request, response) => {
    void serve(context, request, response).catch((error: unknown) => {
      const problems = [`the double failed: ${error instanceof Error ? error.stack : String(error)}`];
      note(context, request, {
        route: null,
        operation: null,
        status: 500,
        login: null,
        fault: null,
        problems,
      });
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  // A client that pauses, as on a busy machine, must not meet a connection that is just being closed.
  server.keepAliveTimeout = 10 * 60_000;
  return { server, exchanges };
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const body = await readAll(request);
  if (body === undefined) {
    const route = 'gone before the request was complete';
    return note(context, request, {
      route,
      operation: null,
      status: 0,
      login: null,
      fault: null,
      problems: [],
    });
  }
  if (isGitPath(url.pathname)) return serveGit(context, { request, response, url, body });
  const path = named(context.world, url.pathname.replace(/^\/api\/v3(?=\/)/, ''));
  const match = findRoute(request.method ?? '', path);
  if (match === undefined) {
    const problems = ['unimplemented: the double has no such route'];
    note(context, request, { route: null, operation: null, status: 501, login: null, fault: null, problems });
    return send(response, json(501, { message: 'The double has no such route.' }));
  }
  return serveRest(context, { request, response, url, body, match });
}

/** By its number, a repository is found under any name. */
const named = (world: World, path: string): string =>
  path.replace(/^\/repositories\/(\d+)/, (whole, id: string) => {
    const found = [...world.repositories.values()].find((repository) => repository.id === Number(id));
    return found === undefined ? whole : `/repos/${found.fullName}`;
  });

/** Undefined: whoever asked went away meanwhile. */
async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
