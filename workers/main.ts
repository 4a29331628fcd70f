/** `phasewright worker`: one process that does the work of this host. Prints `READY {json}` when it polls; SIGTERM drains it. */
import { parseArgs } from 'node:util';
import { Client } from '@temporalio/client';
import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import { describeAgents, loadAgents } from './load-agents.ts';
import { chooseContainment, describeContainment } from '../activities/support/containment/containment.ts';
import { armFaults } from '../activities/support/fault-points.ts';
import { type Config, type Flags, loadConfig } from '../config/load.ts';
import { workerFlags, workerSettings } from '../config/worker-settings.ts';
import { describeCheckVariables } from '../config/check-variables.ts';
import { hostId } from '../config/host-id.ts';
import { registerCommand } from '../domain/names/search-attributes.ts';
import { connectClient, resolveServer } from '../temporal/connection.ts';
import { dataConverter } from '../temporal/data-converter.ts';
import { connectWorker } from '../temporal/worker-connection.ts';
import { missingSearchAttributes } from '../temporal/search-attributes.ts';
import { describeCodeHost, usedCodeHost } from './code-hosts.ts';
import { startWorker } from './run.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: Object.fromEntries(workerSettings.map((name) => [workerFlags[name], { type: 'string' }])),
  });
  const flags: Flags = Object.fromEntries(workerSettings.map((name) => [name, values[workerFlags[name]]]));
  const config = loadConfig({ flags });
  for (const warning of config.warnings) say(warning);
  if (config.faults !== undefined) armFaults(config.faults);
  Runtime.install({
    logger: new DefaultLogger(temporalLevel(config), log),
    shutdownSignals: ['SIGINT', 'SIGTERM', 'SIGQUIT'],
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });

  const server = await resolveServer(config, { log: say });
  const clientConnection = await connectClient(server);
  const missing = await missingSearchAttributes(clientConnection, server.namespace);
  if (missing.length > 0) {
    // An unregistered one would hang the first workflow task that sets it.
    throw new Error(
      `The namespace '${server.namespace}' misses the search attributes ${missing.join(', ')}. Register them: ${registerCommand(missing, server)}`,
    );
  }
  const connection = await connectWorker(server);
  const client = new Client({ connection: clientConnection, namespace: server.namespace, dataConverter });
  const { environment, agentsFile } = config;
  const host = hostId(config.dataDir);
  for (const line of describeAgents(
    await loadAgents({ file: agentsFile, dataDir: config.dataDir, environment }),
  ))
    say(line);
  for (const line of describeCheckVariables(config)) say(line);
  const { kind } = await chooseContainment(config.containment);
  if (kind === 'none') say(describeContainment(kind));
  const codeHost = usedCodeHost(config);
  for (const line of describeCodeHost(codeHost)) say(line);

  const worker = await startWorker({
    connection,
    client,
    namespace: server.namespace,
    dataDir: config.dataDir,
    hostId: host,
    agentsFile,
    filters: config.filters,
    gitSettings: config.git,
    requireApproval: config.requireApproval,
    environment,
    checkEnv: config.checkEnv,
    changeLimits: config.changeLimits,
    keptLimits: config.keptLimits,
    ...codeHost,
    channels: config.secrets,
    webUi: config.webUi,
    ...(config.workflowBundle === undefined ? {} : { workflowBundle: { codePath: config.workflowBundle } }),
    log: say,
  });
  process.stdout.write(
    `READY ${JSON.stringify({ hostId: host, pid: process.pid, address: server.address, namespace: server.namespace })}\n`,
  );
  await worker.done;
  await connection.close();
  await clientConnection.close();
}

/** Two of our three queues hold activities only; the SDK warns of that each time. */
function log({ level, message, meta }: LogEntry): void {
  if (message.startsWith('No workflows registered')) return;
  const { workflowId, activityType, attempt, error } = (meta ?? {}) as Readonly<
    Record<string, string | number | Error | undefined>
  >;
  const parts = [
    level,
    message,
    activityType,
    workflowId,
    attempt === undefined ? undefined : `attempt ${String(attempt)}`,
    error instanceof Error ? error.message : error,
  ];
  say(parts.filter((part) => part !== undefined).join(' · '));
}

/** Expected failures are outcomes here, not warnings: the SDK's own lines are for operators who ask for them. */
const temporalLevel = ({ logLevel }: Config): 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' =>
  logLevel === 'debug' ? 'DEBUG' : logLevel === 'info' ? 'WARN' : logLevel === 'warn' ? 'WARN' : 'ERROR';

main().then(
  () => process.exit(0),
  (error: unknown) => {
    say(`The worker stopped: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
