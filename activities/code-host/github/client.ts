/**
 * Requests about one repository, as whoever may make them. What must stay true: a credential that has to wait sends nothing; a
 * request is sent once, and a second time only after GitHub refused the App's token, so that nothing has happened.
 */
import type { Octokit } from '@octokit/rest';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Credentials } from './credentials.ts';
import {
  type Operation,
  freshTokenRefused,
  isNonsense,
  isUnauthorized,
  type Redact,
  toGitHubError,
} from './errors.ts';
import { createEtags } from './etags.ts';
import type { Limits } from '../rate-limits.ts';
import type { Hosted } from '../repositories.ts';
import { hosted } from './map.ts';
import type { RequestHook, Transport } from './transport.ts';

/** Where a request goes, as Octokit wants it. */
export interface Place {
  readonly owner: string;
  readonly repo: string;
}

export type Work<T> = (octokit: Octokit, place: Place) => Promise<T>;

export interface Client {
  /** Whatever goes wrong, reading the answer included, is a `PortError` that says what was wanted. */
  read<T>(repository: RepositoryRef, what: string, work: Work<T>): Promise<T>;
  /** For what changes something. */
  write<T>(repository: RepositoryRef, what: string, work: Work<T>): Promise<T>;
}

export interface ClientParts {
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly limits: Limits;
  readonly redact: Redact;
}

const rememberAtMost = 500;

export function createClient({ credentials, transport, limits, redact }: ClientParts): Client {
  const octokits = new Map<string, Octokit>();
  const etags = createEtags();

  function octokitFor(repository: Hosted): Octokit {
    const known = octokits.get(repository.label);
    if (known !== undefined) return known;
    const octokit = transport.octokit(around(repository), {}, etags);
    if (octokits.size >= rememberAtMost) octokits.clear();
    octokits.set(repository.label, octokit);
    return octokit;
  }

  const around =
    (repository: Hosted): RequestHook =>
    async (send) => {
      const key = await credentials.limitsOf(repository);
      limits.gate(key);
      const credential = await credentials.current(repository);
      try {
        return await send(`token ${credential.token}`).catch(async (error: unknown) => {
          if (!isUnauthorized(error)) throw error;
          const other = await credentials.renewed(repository, credential);
          if (other !== undefined) return send(`token ${other.token}`).catch(tooFresh(repository));
          return credential.fresh ? tooFresh(repository)(error) : Promise.reject(error);
        });
      } catch (error) {
        limits.learn(key, error);
        throw error;
      }
    };

  async function run<T>(
    repository: RepositoryRef,
    operation: Omit<Operation, 'on'>,
    work: Work<T>,
  ): Promise<T> {
    const where = hosted(repository);
    try {
      return await work(octokitFor(where), { owner: where.owner, repo: where.name });
    } catch (error) {
      if (isNonsense(error)) etags.forget();
      throw toGitHubError(error, { ...operation, on: where.label }, redact);
    }
  }

  return {
    read: (repository, what, work) => run(repository, { what, write: false }, work),
    write: (repository, what, work) => run(repository, { what, write: true }, work),
  };
}

const tooFresh =
  ({ label }: Hosted) =>
  (error: unknown): never => {
    throw isUnauthorized(error) ? freshTokenRefused(label) : error;
  };
