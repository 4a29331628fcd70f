/**
 * `node workers/replay.ts [FILE…]`: does today's workflow code still make the commands that recorded histories hold? Reads
 * files as `temporal workflow show -o json` writes them and, with --address, --profile or --open, the open workflows of a
 * namespace. Says each problem in a sentence; exit code 1 on any, 2 for wrong usage. Changes nothing.
 */
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { loadConfig } from '../config/load.ts';
import { escapeControls } from '../domain/text/escape.ts';
import { connectClient, resolveServer } from '../temporal/connection.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { bundleWorkflows } from './bundle.ts';
import {
  type RecordedHistory,
  replayHistories,
  type ReplayReport,
  readHistory,
  sentence,
} from './replay-histories.ts';

const usage = `Usage: node workers/replay.ts [--open] [--address HOST:PORT] [--profile NAME] [--namespace NAME] [--query QUERY] [FILE…]
  FILE…      histories, as 'temporal workflow show -o json' writes them
  --open     the open workflows of the server that other commands would use; implied by --address and --profile
  --query    only workflows that this visibility query finds, e.g. "PhasewrightProject = 'deployments-ui'"`;

/** Our workflows of any age, still open. */
const openWorkflows =
  "ExecutionStatus = 'Running' AND WorkflowType IN ('projectWorkflow', 'phaseWorkflow', 'taskWorkflow')";

async function main(): Promise<number> {
  const { values, positionals: files } = parseArgs({
    allowPositionals: true,
    options: {
      home: { type: 'string' },
      open: { type: 'boolean', default: false },
      address: { type: 'string' },
      namespace: { type: 'string' },
      profile: { type: 'string' },
      query: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const open = values.open || values.address !== undefined || values.profile !== undefined;
  if (values.help || (files.length === 0 && !open)) {
    say(usage);
    return values.help ? 0 : 2;
  }
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const problems: string[] = [];
  const recorded: RecordedHistory[] = [];
  for (const file of files) {
    await readHistory(file).then(
      (history) => recorded.push(history),
      (error: unknown) => problems.push(sentence(error)),
    );
  }
  const bundle = await bundleWorkflows();
  const reports = [await replayHistories(recorded, bundle)];
  if (open) reports.push(await replayOpen(values, bundle));
  problems.push(...reports.flatMap((report) => report.problems));
  for (const problem of problems) say(problem);
  const replayed = reports.reduce((sum, report) => sum + report.replayed, 0);
  say(
    `${count(replayed, 'history', 'histories')} replayed, ${count(problems.length, 'problem', 'problems')}.`,
  );
  return problems.length === 0 ? 0 : 1;
}

interface ServerFlags {
  readonly home?: string | undefined;
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  readonly profile?: string | undefined;
  readonly query?: string | undefined;
}

async function replayOpen(
  { home: dataDir, query, ...flags }: ServerFlags,
  bundle: { readonly code: string },
): Promise<ReplayReport> {
  const config = loadConfig({ flags: { ...flags, dataDir } });
  const server = await resolveServer(config, { log: (line) => void process.stderr.write(`${line}\n`) });
  const connection = await connectClient(server);
  try {
    const client = new Client({ connection, namespace: server.namespace, dataConverter });
    const found = client.workflow.list({
      query: query === undefined ? openWorkflows : `${openWorkflows} AND (${query})`,
    });
    return await replayHistories(found.intoHistories(), bundle);
  } finally {
    await connection.close();
  }
}

const say = (line: string): void =>
  void process.stdout.write(`${escapeControls(line, { newlines: 'keep' })}\n`);
const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${sentence(error)}\n`);
    // A TypeError with a code is parseArgs's: an unknown flag or a missing value.
    process.exitCode = error instanceof TypeError && 'code' in error ? 2 : 1;
  },
);
