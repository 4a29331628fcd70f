/** Which Temporal server: Temporal's own settings, and ours above them. */
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { endSentence } from '../domain/text/sentence.ts';
import type { Environment, Flags } from './given.ts';
import { type GivenSettings, settings } from './schema.ts';

type ConnectionOptions = ReturnType<typeof loadClientConnectConfig>['connectionOptions'];

export interface TemporalSettings {
  /** Undefined: our embedded server. */
  readonly address: string | undefined;
  readonly namespace: string;
  /** TLS, API key and metadata for that address; may hold secrets. */
  readonly connectionOptions: ConnectionOptions;
  /** Where the address came from, for people. */
  readonly addressFrom: string | undefined;
}

export function readTemporal(
  env: Environment,
  given: GivenSettings,
  flags: Flags,
  problems: string[],
): TemporalSettings {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({
      ...(given.profile === undefined ? {} : { profile: given.profile }),
      overrideEnvVars: Object.fromEntries(
        // An empty variable counts as absent, as for our own.
        Object.entries(env).filter(
          (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
        ),
      ),
    });
    const address = given.address ?? connectionOptions.address;
    const from =
      flags.address !== undefined
        ? settings.address.flag
        : given.address !== undefined
          ? settings.address.variable
          : "Temporal's profile";
    return {
      address,
      namespace: given.namespace ?? namespace ?? 'default',
      connectionOptions: address === undefined ? connectionOptions : { ...connectionOptions, address },
      addressFrom: address === undefined ? undefined : from,
    };
  } catch (error) {
    problems.push(
      `Temporal's own settings (TEMPORAL_*, its configuration file) cannot be read: ${
        // The library reads a file without any [profile.…] that way.
        endSentence(
          error instanceof TypeError ? 'the file has no [profile.default] section' : (error as Error).message,
        )
      }`,
    );
    return { address: undefined, namespace: 'default', connectionOptions: {}, addressFrom: undefined };
  }
}
