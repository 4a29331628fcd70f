/** What a web page could do to the server of whoever reads it: nothing, by whichever of its doors. The real server, as we start it. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { anyFreePort } from '../../../temporal/ports.ts';
import { type OwnServer, startOwnServer } from '../../support/own-server.ts';

let server: OwnServer;
let connection: Connection;
let client: Client;
let apiPort: number;
let uiPort: number;

beforeAll(async () => {
  apiPort = await anyFreePort();
  server = await startOwnServer(['--http-port', String(apiPort)]);
  uiPort = Number(new URL(server.uiUrl).port);
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** As a browser sends it, the headers too that a script cannot choose. */
function send(
  port: number,
  path: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

const own = (port: number): string => `127.0.0.1:${port}`;
let attacks = 0;

/** A POST that would start a workflow, and whether there is one afterwards. */
async function attack(port: number, prefix: string, headers: Record<string, string>): Promise<number> {
  attacks += 1;
  const workflowId = `project.attack-${attacks}`;
  const body = JSON.stringify({
    workflowType: { name: 'projectWorkflow' },
    taskQueue: { name: 'nobody' },
    requestId: workflowId,
  });
  const { status } = await send(port, `${prefix}/namespaces/default/workflows/${workflowId}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain', ...headers },
  });
  const described = await client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => undefined);
  expect(described).toBeUndefined();
  return status;
}

/** What a script of a page sends back, once it could read the page: the UI's own token. */
async function token(headers: Record<string, string>): Promise<Record<string, string>> {
  const { headers: set } = await send(uiPort, '/', { headers });
  const cookie = /_csrf=([^;]+)/.exec(String(set['set-cookie']))?.[1] ?? 'none';
  return { cookie: `_csrf=${cookie}`, 'x-csrf-token': cookie };
}

describe('the HTTP API of the server', () => {
  it.each([
    ['from a page elsewhere', () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })],
    ['by a name that points at this machine', () => ({ host: `evil.example:${apiPort}` })],
    ['by the name localhost', () => ({ host: `localhost:${apiPort}` })],
    ['by no name', () => ({ host: '' })],
    ['by the name that its setting has', () => ({ host: 'no%20host' })],
    ['by its own address', () => ({})],
  ])('starts no workflow %s', async (_how, headers) => {
    for (const prefix of ['', '/api/v1']) {
      expect(await attack(apiPort, prefix, { host: own(apiPort), ...headers() })).toBe(403);
    }
  });
});

describe('the guard of the Web UI', () => {
  it.each([
    [
      'from a page elsewhere',
      403,
      () => ({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }),
    ],
    ['from a page that hides where it is from', 403, () => ({ origin: 'null' })],
    [
      'from another port of this machine',
      403,
      () => ({ origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' }),
    ],
    ['from a browser that names no origin', 403, () => ({ 'sec-fetch-site': 'cross-site' })],
    [
      'by a followed link',
      403,
      () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }),
    ],
    [
      'by a name that points at this machine',
      421,
      () => ({
        host: `evil.example:${uiPort}`,
        origin: `http://evil.example:${uiPort}`,
        'sec-fetch-site': 'same-origin',
      }),
    ],
    ['by its address without the port', 421, () => ({ host: '127.0.0.1' })],
  ])('lets no workflow be started %s, not even with the token of the UI', async (_how, status, headers) => {
    const page = { host: own(uiPort), ...headers() };
    const stolen = await token({ host: own(uiPort) });

    expect(await attack(uiPort, '/api/v1', page)).toBe(status);
    expect(await attack(uiPort, '/api/v1', { ...page, ...stolen })).toBe(status);
    expect(await attack(uiPort, '/api/v1', { ...page, authorization: 'skips the token' })).toBe(status);
  });

  it.each([
    ['to a name that points at this machine', { host: 'evil.example' }, 421],
    [
      'to a script elsewhere',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
      403,
    ],
    [
      'into a frame elsewhere',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      403,
    ],
    [
      'to another port of this machine',
      { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
      403,
    ],
  ])('shows nothing %s', async (_whom, headers, status) => {
    for (const path of ['/', '/api/v1/namespaces/default/workflows']) {
      const answer = await send(uiPort, path, { headers: { host: own(uiPort), ...headers } });
      expect(answer.status).toBe(status);
      expect(answer.headers).not.toHaveProperty('set-cookie');
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  it('is no proxy to other places', async () => {
    const answer = await send(uiPort, `http://127.0.0.1:${apiPort}/`, { headers: { host: own(uiPort) } });

    expect(answer).toMatchObject({ status: 400, text: 'This is not a proxy.\n' });
  });

  it('opens the page for who types its address or follows a link, and lets it read and start', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const same = { host: own(uiPort), origin: `http://${own(uiPort)}`, 'sec-fetch-site': 'same-origin' };
    for (const headers of [
      { host: own(uiPort) },
      { host: `localhost:${uiPort}` },
      { host: own(uiPort), ...link },
    ]) {
      const page = await send(uiPort, '/namespaces/default/workflows', { headers });
      expect(page).toMatchObject({ status: 200, text: expect.stringContaining('<div id="svelte">') });
    }

    const started = await send(uiPort, '/api/v1/namespaces/default/workflows/by-hand', {
      method: 'POST',
      body: JSON.stringify({
        workflowType: { name: 'anything' },
        taskQueue: { name: 'nobody' },
        requestId: 'by-hand',
      }),
      headers: { ...same, ...(await token(same)) },
    });

    expect(started.status).toBe(200);
    const { status } = await client.workflow.getHandle('by-hand').describe();
    expect(status.name).toBe('RUNNING');
    const listed = await send(uiPort, '/api/v1/namespaces/default/workflows/by-hand', { headers: same });
    expect(listed.text).toContain('WORKFLOW_EXECUTION_STATUS_RUNNING');
  });
});
