/** What can be checked about the Temporal server, its workers, and the projects that run on it. */
import { Client } from '@temporalio/client';
import type { Config } from '../../config/load.ts';
import { type Diagnostic, ok, problem, warning } from '../../domain/model/diagnostic.ts';
import { registerCommand } from '../../domain/names/search-attributes.ts';
import { SHARED_TASK_QUEUE } from '../../domain/names/task-queues.ts';
import { isTroubled } from '../../domain/views/pending.ts';
import { connectClient, resolveServer } from '../../temporal/connection.ts';
import { missingSearchAttributes } from '../../temporal/search-attributes.ts';
import { asPhasewrightError } from '../error-translation.ts';
import { createPhasewrightClient } from '../phasewright-client.ts';
import { findPollers, livePollers } from '../pollers.ts';
import { troubleOf } from './text/pending-text.ts';

export async function diagnoseServer(config: Config): Promise<readonly Diagnostic[]> {
  try {
    const found = await resolveServer(config, { log: () => undefined });
    const connection = await connectClient(found);
    try {
      const where = `${found.address}, namespace '${found.namespace}' (${found.source === 'embedded' ? 'our own' : 'given'}${found.uiUrl === null ? '' : `, Web UI ${found.uiUrl}`})`;
      const missing = await missingSearchAttributes(connection, found.namespace);
      const client = new Client({ connection, namespace: found.namespace });
      return [
        ok('Temporal server', where),
        missing.length === 0
          ? ok('Search attributes', 'all registered')
          : problem(
              'Search attributes',
              `${missing.join(', ')} not registered: ${registerCommand(missing, found)}`,
            ),
        await workers(client),
        ...(missing.length === 0 ? await projects(client, found.address) : []),
      ];
    } finally {
      await connection.close();
    }
  } catch (error) {
    const failure = asPhasewrightError(error, { doing: 'look at the Temporal server' });
    return [
      failure.code === 'NoServer'
        ? warning('Temporal server', failure.message)
        : problem('Temporal server', failure.message),
    ];
  }
}

async function workers(client: Client): Promise<Diagnostic> {
  const live = livePollers(await findPollers(client, SHARED_TASK_QUEUE), { now: Date.now() });
  return live.length > 0
    ? ok('Workers', live.map(({ identity }) => identity).join(', '))
    : warning('Workers', "None polls: 'phasewright dev' or 'phasewright worker' starts one.");
}

/** One line per piece of work that fails again and again or can't begin, and per project that failed and waits for a person. */
async function projects(temporal: Client, address: string): Promise<readonly Diagnostic[]> {
  const client = await createPhasewrightClient({ client: temporal, address });
  const running = await client.list({ open: true });
  const troubles: Diagnostic[] = [];
  for (const record of running) {
    const { slug, condition, waitingFor } = record;
    const failed = condition === 'failed' && waitingFor !== null ? [`It waits for ${waitingFor}`] : [];
    const troubled = (await client.pending(record)).filter(isTroubled);
    const words = [...failed, ...troubled.map((each) => troubleOf(each, Date.now()))];
    troubles.push(...words.map((each) => warning(`Project ${slug}`, each)));
  }
  if (troubles.length > 0) return troubles;
  return [
    ok('Projects', running.length === 0 ? 'none runs' : `${running.length} running, no work of theirs fails`),
  ];
}
