/** GitHub's side of a webhook, and workflows that only wait: what they were told is read from their history. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { searchAttributes } from '../../client/search-attributes.ts';
import { createHints } from '../../client/webhooks/hints.ts';
import { startWebhooks } from '../../client/webhooks/service.ts';
import { hiddenMarker } from '../../domain/names/markers.ts';
import { eventually } from '../support/eventually.ts';
import { testAddress } from '../support/servers.ts';

export const secret = 'canary-b2f6a1-of-the-webhook';

export interface Reply {
  readonly status: number;
  readonly text: string;
}

export interface Delivery {
  readonly event?: string;
  readonly id?: string | null;
  /** As it goes over the wire; default: `payload` as JSON. */
  readonly body?: string | Buffer;
  readonly payload?: unknown;
  /** Null: none. Default: the right one. */
  readonly signature?: string | null;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** In parts, without a length. */
  readonly chunked?: boolean;
}

export const signed = (body: string | Buffer, by = secret): string =>
  `sha256=${createHmac('sha256', by).update(body).digest('hex')}`;

export function deliver(url: string, delivery: Delivery): Promise<Reply> {
  const { event = 'issue_comment', id = randomUUID(), contentType = 'application/json' } = delivery;
  const body = delivery.body ?? JSON.stringify(delivery.payload ?? {});
  const signature = delivery.signature === undefined ? signed(body) : delivery.signature;
  return send(`${url}/github`, 'POST', body, delivery.chunked === true, {
    'content-type': contentType,
    'x-github-event': event,
    ...(id === null ? {} : { 'x-github-delivery': id }),
    ...(signature === null ? {} : { 'x-hub-signature-256': signature }),
    ...delivery.headers,
  });
}

export const get = (url: string): Promise<Reply> => send(url, 'GET', '', false, {});

function send(
  url: string,
  method: string,
  body: string | Buffer,
  chunked: boolean,
  headers: Readonly<Record<string, string>>,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const length = chunked || method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) };
    const asking = request(url, { method, headers: { ...headers, ...length } }, (response) => {
      answered = true;
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    // A server that has heard enough may close before the body is out.
    asking.on('error', (error) => (answered ? undefined : reject(error)));
    if (chunked)
      for (let at = 0; at < body.length; at += 1 << 20) asking.write(body.slice(at, at + (1 << 20)));
    asking.end(chunked ? undefined : body);
  });
}

/** A person's comment under a pull request whose text ends with the marker of this workflow. */
export const comment = (repository: string, number: number, body: string, more: object = {}): object => ({
  action: 'created',
  issue: { number, body, pull_request: { url: 'https://api.github.com/' } },
  comment: { id: 1, body: 'Looks good.', user: { login: 'pia', type: 'User' } },
  repository: { full_name: repository },
  sender: { login: 'pia', type: 'User' },
  ...more,
});

export interface Waiting {
  readonly client: Client;
  /** Unlike in any other test. */
  readonly id: string;
  /** A workflow that no worker takes up. */
  start(type: string, workflowId: string, repository: string): Promise<WorkflowHandle>;
  /** Payloads of the signals so far. */
  told(handle: WorkflowHandle): Promise<readonly unknown[]>;
  /** Until the server lists as many open workflows of this repository. */
  listed(repository: string, count: number): Promise<void>;
  close(): Promise<void>;
}

export async function waitingWorkflows(address: string): Promise<Waiting> {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  const id = randomBytes(4).toString('hex');
  const started: WorkflowHandle[] = [];
  return {
    client,
    id,
    async start(type, workflowId, repository) {
      const handle = await client.workflow.start(type, {
        workflowId,
        taskQueue: `nobody-${id}`,
        typedSearchAttributes: [{ key: searchAttributes.repository, value: repository }],
      });
      started.push(handle);
      return handle;
    },
    async told(handle) {
      const { events } = await handle.fetchHistory();
      return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
        signal?.signalName === 'codeHostChanged'
          ? (signal.input?.payloads ?? []).map(
              ({ data }) => JSON.parse(Buffer.from(data ?? []).toString()) as unknown,
            )
          : [],
      );
    },
    async listed(repository, count) {
      const query = `PhasewrightRepository = '${repository}' AND ExecutionStatus = 'Running'`;
      await eventually(
        `that the server lists ${count} open workflows of ${repository}`,
        async () => (await client.workflow.count(query)).count === count,
      );
    },
    async close() {
      await Promise.all(started.map((handle) => handle.terminate().catch(() => undefined)));
      await connection.close();
    },
  };
}

export interface Shop {
  /** `owner/name`, unlike in any other test. */
  readonly shop: string;
  readonly project: WorkflowHandle;
  readonly phase: WorkflowHandle;
  /** The text of the phase's pull request. */
  readonly marked: string;
}

export interface WebhookStage {
  readonly waiting: Waiting;
  readonly url: string;
  /** What the service has said since the last `newShop`. */
  readonly lines: string[];
  readonly everything: readonly string[];
  /** A project and its phase, both waiting. */
  newShop(): Promise<Shop>;
  close(): Promise<void>;
}

/** The service in this process, on the run's server. */
export async function startWebhookStage(): Promise<WebhookStage> {
  const waiting = await waitingWorkflows(testAddress());
  const lines: string[] = [];
  const everything: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    everything.push(line);
  };
  const service = await startWebhooks({
    secret,
    hints: createHints(waiting.client),
    log,
    listen: '127.0.0.1:0',
  });
  return {
    waiting,
    url: service.url,
    lines,
    everything,
    async newShop() {
      lines.length = 0;
      const slug = `hooks-${waiting.id}-${randomUUID().slice(0, 8)}`;
      const shop = `acme/${slug}`;
      const project = await waiting.start('projectWorkflow', `project.${slug}`, shop);
      const phase = await waiting.start('phaseWorkflow', `project.${slug}.phase.1`, shop);
      return { shop, project, phase, marked: `What was done.\n\n${hiddenMarker(phase.workflowId)}` };
    },
    async close() {
      await service.stop();
      await waiting.close();
    },
  };
}
