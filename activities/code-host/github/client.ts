/**
 * Requests about one repository, as whoever may make them. What must stay true: a credential that has to wait sends nothing; a
 * request is sent once, and a second time only after GitHub refused the App's token, or sent on to a new name: nothing has happened.
 */
import type { Octokit } from '@octokit/rest';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { Credentials } from './credentials.ts';
import {
  freshTokenRefused,
  isAnswer,
  isNonsense,
  isUnauthorized,
  missingOnSeen,
  toGitHubError,
} from './errors.ts';
import type { Redact } from '../wire.ts';
import { movedOutOfReach, outOfReach } from './error-meanings.ts';
import { createEtags } from './etags.ts';
import type { Limits } from '../rate-limits.ts';
import type { Operation } from '../refusal.ts';
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
  /** Whatever goes wrong, reading the answer included, is a `PortError` that says what was wanted. What is missing is so on a repository that is seen. */
  read<T>(repository: RepositoryRef, what: string, work: Work<T>): Promise<T>;
  /** For what changes something. */
  write<T>(repository: RepositoryRef, what: string, work: Work<T>): Promise<T>;
  /** For what may well be missing: whether the repository is seen is not asked. */
  seek<T>(repository: RepositoryRef, what: string, work: Work<T>): Promise<T>;
  /** Throws if this credential does not see the repository. */
  mustSee(repository: RepositoryRef): Promise<void>;
  /** Where GitHub sends on to; undefined: the repository is called as it is named. */
  nameNow(repository: RepositoryRef): Promise<Hosted | undefined>;
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
  /** By the name that a project knows. */
  const renamed = new Map<string, Hosted>();

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
        const answer = await send(`token ${credential.token}`).catch(async (error: unknown) => {
          if (!isUnauthorized(error)) throw error;
          const other = await credentials.renewed(repository, credential);
          if (other !== undefined) return send(`token ${other.token}`).catch(tooFresh(repository));
          return credential.fresh ? tooFresh(repository)(error) : Promise.reject(error);
        });
        limits.passed(key);
        return answer;
      } catch (error) {
        limits.learn(key, error);
        throw error;
      }
    };

  async function runAt<T>(where: Hosted, operation: Omit<Operation, 'on'>, work: Work<T>): Promise<T> {
    try {
      return await work(octokitFor(where), { owner: where.owner, repo: where.name });
    } catch (error) {
      if (isNonsense(error)) etags.forget();
      throw toGitHubError(error, { ...operation, on: where.label }, redact);
    }
  }

  /** Sent again to where the repository is now: whoever is sent on has been asked nothing. */
  async function run<T>(
    repository: RepositoryRef,
    operation: Omit<Operation, 'on'>,
    work: Work<T>,
  ): Promise<T> {
    const named = hosted(repository);
    const where = renamed.get(named.label) ?? named;
    try {
      return await runAt(where, operation, work);
    } catch (error) {
      if (!isAnswer(error, 'moved') || error.repositoryId === undefined) throw error;
      const now = await nameOf(where, error.repositoryId);
      // Something else was renamed: a branch.
      if (sameName(now, where)) throw error;
      renamed.set(named.label, now);
      return runAt(now, operation, work);
    }
  }

  const nameOf = (where: Hosted, id: number): Promise<Hosted> =>
    runAt(where, { what: 'find the repository under its new name', write: false }, async (octokit) => {
      const { data } = await octokit.request('GET /repositories/{id}', { id });
      const [owner = '', name = ''] = String((data as { readonly full_name?: unknown }).full_name).split('/');
      return hosted({ kind: 'hosted', owner, name });
    }).catch((error: unknown) => {
      throw isAnswer(error, 'missing') ? movedOutOfReach(where.label, error.said) : error;
    });

  /** GitHub's 404 is for what is missing, and for all that a credential may not see. */
  async function runOnSeen<T>(
    repository: RepositoryRef,
    operation: Omit<Operation, 'on'>,
    work: Work<T>,
  ): Promise<T> {
    try {
      return await run(repository, operation, work);
    } catch (error) {
      if (!isAnswer(error, 'missing')) throw error;
      await mustSee(repository);
      throw missingOnSeen({ ...operation, on: hosted(repository).label }, error.said);
    }
  }

  const seek: Client['seek'] = (repository, what, work) => run(repository, { what, write: false }, work);

  async function mustSee(repository: RepositoryRef): Promise<void> {
    try {
      await seek(repository, 'find the repository', (octokit, place) => octokit.rest.repos.get({ ...place }));
    } catch (error) {
      throw isAnswer(error, 'missing') ? outOfReach(hosted(repository).label, error.said) : error;
    }
  }

  return {
    read: (repository, what, work) => runOnSeen(repository, { what, write: false }, work),
    write: (repository, what, work) => runOnSeen(repository, { what, write: true }, work),
    seek,
    mustSee,
    async nameNow(repository) {
      await mustSee(repository);
      return renamed.get(hosted(repository).label);
    },
  };
}

const sameName = (a: Hosted, b: Hosted): boolean => a.label.toLowerCase() === b.label.toLowerCase();

const tooFresh =
  ({ label }: Hosted) =>
  (error: unknown): never => {
    throw isUnauthorized(error) ? freshTokenRefused(label) : error;
  };
