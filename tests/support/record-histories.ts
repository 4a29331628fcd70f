/**
 * `node tests/support/record-histories.ts [PREFIX [NAME …]]`, by hand before a release: runs small projects of every kind (or
 * those named) on a server of its own and writes each workflow's history to tests/replay/histories/PREFIX-<workflow id>.json
 * (default 0001; files of that prefix are replaced). What names this machine is replaced by examples, inside payloads too.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../temporal/package-root.ts';
import { type OwnServer, startOwnServer } from './own-server.ts';
import { type RecordedProject, recordedProjects } from './recorded-projects.ts';
import { type Rig, startRig } from './rig.ts';
import { testCli } from './servers.ts';

const run = promisify(execFile);
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = join(packageRoot(), 'tests', 'replay', 'histories');
const [prefix = '0001', ...only] = process.argv.slice(2);
if (!/^\d{4}$/.test(prefix))
  throw new Error(`'${prefix}' is not a prefix: four digits, one number per release.`);

mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (file.startsWith(`${prefix}-`)) rmSync(join(folder, file));
async function writeHistories(
  rig: Rig,
  server: OwnServer,
  projects: readonly RecordedProject[],
): Promise<number> {
  const runs: { workflowId: string; runId: string }[] = [];
  // Oldest run of an id first, so that its files are numbered in order.
  for await (const { workflowId, runId } of rig.client.workflow.list()) runs.unshift({ workflowId, runId });
  const cli = await testCli();
  const anonymous = anonymizer(rig, server);
  let written = 0;
  for (const { workflowId, runId } of runs) {
    if (!projects.some(({ keep }) => keep.test(workflowId))) continue;
    const nth = runs
      .filter((each) => each.workflowId === workflowId)
      .findIndex((each) => each.runId === runId);
    const { stdout } = await run(
      cli,
      [
        'workflow',
        'show',
        '--address',
        server.address,
        '--workflow-id',
        workflowId,
        '--run-id',
        runId,
        '-o',
        'json',
      ],
      { maxBuffer: 64 << 20 },
    );
    const history = JSON.parse(stdout) as Parameters<typeof shapeOf>[0];
    // The tenth task that went like the first says nothing new.
    const shape = shapeOf(history);
    if (shapes.has(shape)) continue;
    shapes.add(shape);
    const name = `${prefix}-${workflowId}${nth === 0 ? '' : `.run-${nth + 1}`}.json`;
    const text = `${JSON.stringify(anonymous(history))}\n`;
    writeFileSync(join(folder, name), text);
    written += text.length;
  }
  return written;
}

const shapes = new Set<string>();

/** Says nothing to a replay, and names a process, its machine or its folders. (`sdkMetadata` must stay: its flags say how strictly to compare.) */
const untold = new Set(['identity', 'taskId', 'workerVersion', 'stackTrace', 'meteringMetadata']);

/** What a history shows of the workflow's code: its commands and what became of them, in order. */
function shapeOf(history: { readonly events: readonly Readonly<Record<string, unknown>>[] }): string {
  const named = (event: object): unknown => {
    const text = JSON.stringify(event);
    return ['activityType', 'workflowType', 'signalName'].map(
      (key) => new RegExp(`"${key}":("[^"]*"|\\{[^}]*\\})`).exec(text)?.[1],
    );
  };
  return JSON.stringify(history.events.map((event) => [event['eventType'], named(event)]));
}

/** A copy of a history without what names this machine or this run. */
function anonymizer(rig: Rig, server: OwnServer): (value: unknown) => unknown {
  const names: readonly (readonly [string, string])[] = [
    [rig.home, '/tmp/example'],
    [packageRoot(), '/srv/phasewright'],
    [server.address, '127.0.0.1:7233'],
    [rig.taskQueue, 'phasewright'],
    [rig.hostId, 'example-host'],
    [hostname(), 'example-machine'],
    ...(rig.codeHost === undefined ? [] : ([[rig.codeHost.url, 'https://github.example.org']] as const)),
  ];
  const rename = (text: string): string => names.reduce((all, [from, to]) => all.replaceAll(from, to), text);
  const visit = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      return key === 'data'
        ? Buffer.from(rename(Buffer.from(value, 'base64').toString())).toString('base64')
        : rename(value);
    }
    if (Array.isArray(value)) return value.map((each) => visit(each, ''));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([name]) => !untold.has(name));
    return Object.fromEntries(kept.map(([name, each]) => [name, visit(each, name)]));
  };
  return (history) => visit(history, '');
}

async function record(): Promise<void> {
  let bytes = 0;
  for (const { server: extra, codeHost = false, projects: all } of recordedProjects) {
    const projects = all.filter(({ name }) => only.length === 0 || only.includes(name));
    if (projects.length === 0) continue;
    const server = await startOwnServer(extra);
    const rig = await startRig({ address: server.address, codeHost });
    try {
      for (const project of projects) {
        say(`running ${project.name} …`);
        await project.run(rig);
      }
      await rig.stopWorker();
      bytes += await writeHistories(rig, server, projects);
    } finally {
      await rig.close();
      await server.stop();
    }
  }
  say(`${readdirSync(folder).length} histories, ${Math.round(bytes / 1024)} KiB written.`);
}

await record();
process.exit(0);
