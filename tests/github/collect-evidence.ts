/** A hosted project run by worker processes, and everything that anybody else may see of it, while it runs and afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { packageRoot } from '../../temporal/package-root.ts';
import {
  type Canaries,
  filesBelow,
  objectsOf,
  type Search,
  searchFor,
  textsIn,
} from '../support/canaries.ts';
import { eventually } from '../support/eventually.ts';
import type { GitHubDouble } from '../support/github-double/index.ts';
import { obedient, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

export const hostedRepository = 'acme/shop';

export const places = [
  'histories',
  'descriptions',
  'answers',
  'files',
  'prompts',
  'logs',
  'repositories',
  'output',
  'requests',
  'processes',
] as const;
export type Place = (typeof places)[number];

export interface Evidence {
  /** Secrets that turned up, and where. */
  readonly found: readonly string[];
  /** Where the word turned up. */
  readonly searched: readonly Place[];
  /** Codes of the failures that were shown. */
  readonly failures: readonly string[];
  /** Faults that nothing came to. */
  readonly faultsLeft: number;
  readonly condition: string;
  /** What was seen in a place, as one text. */
  seen(place: Place): string;
}

export interface Story {
  readonly rig: Rig;
  readonly slug: string;
  /** Until this text has been seen in that place. */
  seen(place: Place, text: string): Promise<void>;
}

export interface EvidenceOptions {
  readonly address: string;
  readonly namespace: string;
  readonly double: GitHubDouble;
  /** No secret: what it takes the same ways as secrets might. */
  readonly word: string;
  /** Variables of the worker that are secrets; those that the double makes come on top. */
  readonly secrets: Canaries;
  /** The rest of the worker's variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Answers with the project, which only has to be waited for. */
  readonly story: (on: Story) => Promise<WorkflowHandle>;
}

export async function collectEvidence(on: EvidenceOptions): Promise<Evidence> {
  const { address, namespace, double, word, story } = on;
  const path = double.createRepository(hostedRepository);
  const agent = { engine: 'script', script: 'script.yaml', set: { WORD: word } };
  const rig = await startRig({
    worker: 'none',
    address,
    namespace,
    agents: { implementer: agent, gatekeeper: agent },
    entries: [
      {
        role: 'implementer',
        do: [{ run: 'env | tee environment.txt; git config --list --show-origin | tee configuration.txt' }],
        result: { outcome: 'done', summary: 'wrote down its environment' },
      },
      ...obedient.slice(1),
    ],
  });
  const seen = new Map<Place, Set<string>>(places.map((place) => [place, new Set()]));
  const note: Note = (place, text) => void seen.get(place)?.add(text);
  const textOf = (place: Place): string => [...(seen.get(place) ?? [])].join('\n');

  const sampler = startProgram('tests/support/sample-processes.ts', {});
  const webhooks = await startWebhooks(on, rig);
  const temporary = join(rig.home, 'tmp');
  mkdirSync(temporary);
  const worker = await startWorkerProcess({
    home: rig.home,
    address,
    namespace,
    variables: { ...on.variables, ...on.secrets, TMPDIR: temporary },
  });
  let over = false;
  const looking = (async () => {
    // A folder that goes while it is read ends a look, not the looking.
    for (; !over; await sleep(500)) await look(rig, note).catch(() => undefined);
  })();
  looking.catch(() => undefined);
  try {
    const seenThere = async (place: Place, text: string): Promise<void> =>
      void (await eventually(`'${text}' in ${place}`, () => textOf(place).includes(text)));
    const condition = await untilDone(rig, await story({ rig, slug: rig.slug('canary'), seen: seenThere }));
    over = true;
    await looking;
    await look(rig, note);
    await double.forge({ event: 'pull_request', payload: {}, headers: { 'x-github-delivery': word } });
    await double.settled();
    await worker.stop();

    for await (const { workflowId } of rig.client.workflow.list())
      note('histories', textsIn(await rig.client.workflow.getHandle(workflowId).fetchHistory()));
    for (const repository of [path, ...mirrorsOf(rig.home)]) note('repositories', objectsOf(repository));
    for (const { path: asked, sent } of double.exchanges) note('requests', `${asked} ${textsIn(sent)}`);
    note('output', worker.output());
    note('output', await webhooks.stop('SIGTERM'));
    note('processes', await sampler.stop('SIGTERM'));

    const issued = Object.fromEntries(double.tokens().map((token, index) => [`token ${index}`, token]));
    const search = searchFor({ ...on.secrets, ...issued });
    return {
      found: places.flatMap((place) => inAll(search, place, seen.get(place) ?? new Set())),
      searched: places.filter((place) => textOf(place).includes(word)),
      failures: [...new Set(textOf('descriptions').match(/\b(CodeHost|Git)[A-Z]\w+/g))],
      faultsLeft: double.faultsLeft(),
      condition,
      seen: textOf,
    };
  } finally {
    over = true;
    await looking.catch(() => undefined);
    await Promise.all([worker.stop(), webhooks.stop('SIGTERM'), sampler.stop('SIGTERM')]);
    await rig.close();
    await double.close();
  }
}

type Note = (place: Place, text: string) => void;

/** What can be seen now, by anybody who may look into the namespace or the data folder. */
async function look(rig: Rig, note: Note): Promise<void> {
  for (const { path, text } of filesBelow(rig.home)) {
    // What is packed there is looked at unpacked.
    if (path.includes('/mirror.git/objects/')) continue;
    note(placeOf(path), text);
  }
  for await (const { workflowId, status } of rig.client.workflow.list()) {
    const handle = rig.client.workflow.getHandle(workflowId);
    note('descriptions', textsIn((await handle.describe()).raw));
    if (status.name !== 'RUNNING') continue;
    await rig.client
      .withDeadline(Date.now() + 10_000, () => handle.query('status'))
      .then((answer) => note('answers', textsIn(answer)))
      .catch((error: unknown) => note('answers', String(error)));
  }
}

const placeOf = (path: string): Place =>
  /prompt\.md$/.test(path) ? 'prompts' : /\/log$/.test(path) ? 'logs' : 'files';

function mirrorsOf(home: string): readonly string[] {
  const folder = join(home, 'mirrors');
  return readdirSync(folder)
    .map((name) => join(folder, name, 'mirror.git'))
    .filter((mirror) => existsSync(mirror));
}

/** Hears the double's webhooks, with their secret in its environment. */
async function startWebhooks(
  { address, namespace, double, secrets }: EvidenceOptions,
  rig: Rig,
): Promise<Program> {
  const secret = secrets['PHASEWRIGHT_WEBHOOK_SECRET'] ?? '';
  const program = startProgram('client/cli/main.ts', {
    args: ['webhooks', '--listen', '127.0.0.1:0'],
    env: {
      PHASEWRIGHT_HOME: rig.home,
      PHASEWRIGHT_WEBHOOK_SECRET: secret,
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: namespace,
    },
  });
  const url = await eventually(
    'that webhooks are heard',
    () => /READY .*?"url":"([^"]+)"/.exec(program.said())?.[1],
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}\n${await program.stop('SIGKILL')}`);
  });
  double.setWebhook({ url, secret });
  return program;
}

interface Program {
  said(): string;
  /** Everything it said. */
  stop(signal: NodeJS.Signals): Promise<string>;
}

function startProgram(
  file: string,
  {
    args = [],
    env = {},
  }: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
): Program {
  const child: ChildProcess = spawn(process.execPath, [join(packageRoot(), file), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env },
  });
  const closed = once(child, 'close');
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  return {
    said: () => text,
    async stop(signal) {
      child.kill(signal);
      await closed;
      return text;
    },
  };
}

const inAll = (search: Search, place: Place, texts: ReadonlySet<string>): readonly string[] => [
  ...new Set([...texts].flatMap((text) => search.in(text).map((what) => `${what} in ${place}`))),
];

/** Not to its very end: that waits some minutes for chats that can't be reached. */
async function untilDone(rig: Rig, handle: WorkflowHandle): Promise<string> {
  const { condition } = await rig.until<ProjectStatusView>(
    handle,
    'the end',
    (view) => view.condition === 'done',
  );
  return condition;
}
