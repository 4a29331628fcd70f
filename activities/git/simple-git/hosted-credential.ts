/**
 * Reaching a repository of a code host with the worker's own credential. What must stay true: it goes to the code host's address
 * alone; one that is refused is replaced once where the host has another; a repository is asked under the name that the host gives
 * for it, not where a remote sends to; and what only a person can mend is said as that.
 */
import { PortError } from '../../support/errors.ts';
import type { HostedGit } from '../port.ts';
import type { Command, Output } from './command.ts';
import { gitWords, obstacleOf } from './errors.ts';
import type { Remote } from './map.ts';

type Credential = Pick<Command, 'credential'>;
export type WithCredential = (
  remote: Remote,
  run: (credential: Credential) => Promise<Output>,
) => Promise<Output>;

/** Asked anew for each command: the tokens of an App last an hour. */
export function withCredentialOf(hosted: HostedGit | undefined): WithCredential {
  /** Where repositories that have another name by now are, by the name that we know. */
  const moved = new Map<string, string>();
  return async ({ hosted: repository, label, url: of }, run) => {
    if (repository === undefined || hosted === undefined) return run({});
    const { webUrl: url } = hosted;
    const { owner, name } = repository;
    for (let authorization = await hosted.authorization(owner, name); ; ) {
      const address = moved.get(label);
      const instead = address === undefined ? {} : { instead: { of, address } };
      try {
        return await run({ credential: { url, authorization, ...instead } });
      } catch (error) {
        const obstacle = obstacleOf(error);
        if (obstacle === 'moved') {
          const now = await hosted.nameNow?.(owner, name);
          const next = now === undefined ? of : `${url}/${now.owner}/${now.name}.git`;
          if (next === (address ?? of)) throw error;
          moved.set(label, next);
          continue;
        }
        // Hosts hide what a credential may not see: to one that is no longer good, everything is missing.
        if (obstacle !== 'unauthorized' && obstacle !== 'missing') throw error;
        const other = await hosted.authorization(owner, name, authorization);
        if (other === authorization) throw obstacle === 'missing' ? outOfReach(label, error) : error;
        authorization = other;
      }
    }
  };
}

const outOfReach = (label: string, error: unknown): PortError =>
  new PortError(
    'AccessRefused',
    `${label} does not exist, or this credential may not see it: ${error instanceof PortError ? gitWords(error) : String(error)}\nCheck the name, and give the credential access to it or the worker another one; the work then goes on by itself.`,
    { cause: error },
  );
