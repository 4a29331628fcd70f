/** A web page of somebody else, in a real browser on the machine where our server runs: it starts nothing, by whichever door. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import type { Browser, Page } from 'playwright-core';
import { anyFreePort } from '../../temporal/ports.ts';
import { findChromium, installChromium, openBrowser } from '../support/browser.ts';
import { type OwnServer, startOwnServer } from '../support/own-server.ts';

const chromium = findChromium();
const reason = chromium === undefined ? ` (${installChromium})` : '';

(chromium === undefined ? describe.skip : describe)(`a page elsewhere${reason}`, () => {
  let server: OwnServer;
  let client: Client;
  let connection: Connection;
  let browser: Browser;
  let page: Page;
  let elsewhere: Server;
  let apiPort: number;
  let uiPort: number;
  beforeAll(async () => {
    apiPort = await anyFreePort();
    server = await startOwnServer(['--http-port', String(apiPort)]);
    uiPort = Number(new URL(server.uiUrl).port);
    connection = await Connection.connect({ address: server.address });
    client = new Client({ connection });
    elsewhere = createServer((_asked, answer) => {
      answer.writeHead(200, { 'content-type': 'text/html' });
      answer.end(`<!doctype html><a href="${server.uiUrl}/namespaces/default/workflows">The project</a>`);
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    // The last one is what would be if somebody had guessed where the Web UI itself listens.
    browser = await openBrowser(chromium ?? '', {
      'evil.example': '127.0.0.1',
      'guessed.example': server.ui.host,
    });
    page = await (await browser.newContext()).newPage();
  });
  afterAll(async () => {
    await browser?.close();
    elsewhere?.close();
    await connection?.close();
    await server?.stop();
  });

  const exists = (workflowId: string): Promise<boolean> =>
    client.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        () => false,
      );

  /** As a script of the page: with the token of the UI if it can have one, and as a request that asks for no leave. */
  async function start(url: string, workflowId: string): Promise<unknown> {
    const cookies = await page.context().cookies(page.url());
    const token = cookies.find(({ name }) => name === '_csrf')?.value ?? null;
    return page.evaluate(
      async ([address, id, csrf]) => {
        const body = JSON.stringify({
          workflowType: { name: 'projectWorkflow' },
          taskQueue: { name: 'nobody' },
          requestId: id,
        });
        const options = csrf === null ? { mode: 'no-cors' as const } : { headers: { 'X-CSRF-Token': csrf } };
        return fetch(`${address}/${id}`, { method: 'POST', body, ...options }).then(
          ({ status }) => status,
          (error: unknown) => String(error),
        );
      },
      [url, workflowId, token] as const,
    );
  }

  it('starts nothing by a request to the HTTP API or to the Web UI', async () => {
    const { port } = elsewhere.address() as AddressInfo;
    await page.goto(`http://evil.example:${port}/`);
    const doors = [
      `http://127.0.0.1:${apiPort}/namespaces/default/workflows`,
      `http://127.0.0.1:${apiPort}/api/v1/namespaces/default/workflows`,
      `http://localhost:${uiPort}/api/v1/namespaces/default/workflows`,
      `http://127.0.0.1:${uiPort}/api/v1/namespaces/default/workflows`,
    ];
    for (const [index, door] of doors.entries()) {
      await start(door, `crossed-${index}`);
      expect(await exists(`crossed-${index}`)).toBe(false);
    }
  });

  it('starts nothing under a name of its own that leads here', async () => {
    const answer = await page.goto(`http://evil.example:${uiPort}/`);
    expect(answer?.status()).toBe(421);
    await start(`http://evil.example:${uiPort}/api/v1/namespaces/default/workflows`, 'rebound');
    expect(await exists('rebound')).toBe(false);

    await page.goto(`http://evil.example:${apiPort}/swagger.json`);
    await start(`http://evil.example:${apiPort}/api/v1/namespaces/default/workflows`, 'rebound-api');
    expect(await exists('rebound-api')).toBe(false);
  });

  it('would start something if it knew where the Web UI itself listens, which is not on 127.0.0.1', async () => {
    const { port } = server.ui;
    await page.goto(`http://guessed.example:${port}/`);
    await start(`http://guessed.example:${port}/api/v1/namespaces/default/workflows`, 'guessed');
    expect(await exists('guessed')).toBe(true);

    if (process.platform === 'linux')
      await expect(page.goto(`http://evil.example:${port}/`)).rejects.toThrow('ERR_CONNECTION_REFUSED');
  });

  it('does not keep the person from the Web UI, nor from a link to it', async () => {
    const { port } = elsewhere.address() as AddressInfo;
    page = await page.context().newPage();
    await page.goto(`http://evil.example:${port}/`);
    await page.getByRole('link', { name: 'The project' }).click();
    await page.waitForURL(`${server.uiUrl}/namespaces/default/workflows*`);
    await page
      .getByRole('heading', { name: /workflow/i })
      .first()
      .waitFor();
    expect(await start(`${server.uiUrl}/api/v1/namespaces/default/workflows`, 'genuine')).toBe(200);
    expect(await exists('genuine')).toBe(true);
  });
});
