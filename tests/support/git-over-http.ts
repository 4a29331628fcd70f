/** Bare repositories of a folder over HTTP, hooks and all, for those whom `allows` lets in. */
import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GitOverHttp {
  /** `http://127.0.0.1:PORT`, without a slash. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveGit(
  folder: string,
  allows: (authorization: string) => boolean = () => true,
  /** What it says to others, with what they sent instead of `AUTHORIZATION`. */
  refusal = 'Who are you?',
): Promise<GitOverHttp> {
  const server = createServer((request, response) => {
    const authorization = request.headers.authorization ?? '';
    if (allows(authorization)) return answer(folder, request, response);
    // Whoever says who they are is told that they may not.
    response.writeHead(authorization === '' ? 401 : 403, {
      'www-authenticate': 'Basic realm="here"',
      'content-type': 'text/plain',
    });
    response.end(`${refusal.replace('AUTHORIZATION', authorization)}\n`);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: 'a person',
      REMOTE_ADDR: '127.0.0.1',
      ...header('CONTENT_LENGTH', request.headers['content-length']),
      ...header('GIT_PROTOCOL', request.headers['git-protocol']),
      ...header('HTTP_CONTENT_ENCODING', request.headers['content-encoding']),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => void parts.push(part));
  child.stdin.on('error', () => undefined);
  child.once('close', () => {
    const output = Buffer.concat(parts);
    const end = output.indexOf('\r\n\r\n');
    const lines = output.toString('latin1', 0, end).split('\r\n');
    const headers = lines.map((line): [string, string] => {
      const at = line.indexOf(': ');
      return [line.slice(0, at), line.slice(at + 2)];
    });
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200';
    for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10)).end(output.subarray(end + 4));
  });
  request.pipe(child.stdin);
}

const header = (name: string, value: string | string[] | undefined): Record<string, string> =>
  typeof value === 'string' ? { [name]: value } : {};
