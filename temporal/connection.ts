/**
 * Which Temporal server, and connections to it. In this order, each step said aloud: an address that was given, our
 * embedded server if it runs, starting it (only `dev` and `demo` ask for that). Never somebody else's server by accident.
 */
import { Connection } from '@temporalio/client';
import { PortError } from '../activities/support/port-error.ts';
import type { Config } from '../config/load.ts';
import { findTemporalCli } from './cli.ts';
import { type EmbeddedServer, findEmbeddedServer, startEmbeddedServer } from './embedded-server.ts';
import { endSentence } from '../domain/text/sentence.ts';
import { withoutProxy } from './loopback.ts';
import type { Log } from './progress.ts';
import { EMBEDDED_NAMESPACE } from './server-answers.ts';

export interface Server {
  readonly address: string;
  readonly namespace: string;
  readonly connectionOptions: Config['temporal']['connectionOptions'];
  /** `given`: by flag, variable or profile. */
  readonly source: 'given' | 'embedded';
  /** Of the embedded one; a given server's Web UI is not known to us. */
  readonly uiUrl: string | null;
}

/** With what is needed to stop it again. */
export type StartedServer = Server & { readonly embedded?: EmbeddedServer };

export type ServerConfig = Pick<
  Config,
  'dataDir' | 'cacheDir' | 'temporal' | 'durable' | 'temporalCli' | 'download' | 'searchPath' | 'environment'
>;

export interface ResolveOptions {
  readonly log: Log;
  /** Start the embedded server if it doesn't run. */
  readonly start?: boolean;
  readonly headless?: boolean;
}

/** Throws `NoServer` if there is none and `start` was not asked for, or if it can't be started. */
export async function resolveServer(
  config: ServerConfig,
  { log, start = false, headless = false }: ResolveOptions,
): Promise<StartedServer> {
  const { address, namespace, connectionOptions, addressFrom } = config.temporal;
  if (address !== undefined) {
    log(
      `Using the Temporal server at ${address}, namespace '${namespace}' (given by ${addressFrom ?? 'configuration'}).`,
    );
    return { address, namespace, connectionOptions, source: 'given', uiUrl: null };
  }
  if (start) {
    const embedded = await startEmbeddedServer({
      dataDir: config.dataDir,
      durable: config.durable,
      headless,
      environment: config.environment,
      log,
      findCli: async () => (await findTemporalCli(cliOptions(config, log))).path,
    });
    return { ...ofEmbedded(embedded), embedded };
  }
  const running = await findEmbeddedServer(config.dataDir);
  if (running !== undefined) {
    log(`Using our Temporal server at ${running.address}.`);
    return ofEmbedded(running);
  }
  throw new PortError(
    'NoServer',
    `No Temporal server: none is given (--address, TEMPORAL_ADDRESS or a profile), and our own doesn't run in ${config.dataDir}. Start it with 'phasewright dev', or give an address.`,
  );
}

const cliOptions = (
  { cacheDir, searchPath, temporalCli, download }: ServerConfig,
  log: Log,
): Parameters<typeof findTemporalCli>[0] => ({
  log,
  cacheDir,
  searchPath,
  cliPath: temporalCli,
  download,
});

const ofEmbedded = ({ address, uiUrl }: Pick<EmbeddedServer, 'address' | 'uiUrl'>): Server => ({
  address,
  namespace: EMBEDDED_NAMESPACE,
  connectionOptions: { address },
  source: 'embedded',
  uiUrl,
});

/** For clients. Throws `ServerUnavailable` after 5 s. */
export async function connectClient(server: Server): Promise<Connection> {
  return Connection.connect(withoutProxy({ ...server.connectionOptions, connectTimeout: 5_000 })).catch(
    (error: unknown) => {
      throw unavailable(server, error);
    },
  );
}

/** What a failed connection to this server is reported as. */
export function unavailable({ address, source }: Server, error: unknown): PortError {
  const hint =
    source === 'given'
      ? 'Check the address, its TLS settings and that it runs.'
      : "Look at 'phasewright doctor'.";
  return new PortError(
    'ServerUnavailable',
    `The Temporal server at ${address} cannot be reached: ${endSentence((error as Error).message)} ${hint}`,
    { cause: error },
  );
}
