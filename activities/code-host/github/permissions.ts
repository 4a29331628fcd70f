/** As whom this host acts, and who may push to a repository. */
import type { CodeHost } from '../port.ts';
import { rememberRights } from '../permissions.ts';
import type { Client } from './client.ts';
import type { Credentials } from './credentials.ts';
import { isAnswer } from './errors.ts';
import { complete } from './map.ts';

const writing = new Set(['admin', 'maintain', 'write']);

export function createPermissions(
  client: Client,
  { identity }: Pick<Credentials, 'identity'>,
  clock: () => number,
): Pick<CodeHost, 'identity' | 'mayWrite'> {
  return {
    identity,
    mayWrite: rememberRights(async (repository, login) => {
      // A login becomes part of an address.
      if (!/^[A-Za-z0-9](?:[\w-]*)(?:\[bot\])?$/.test(login)) return false;
      return client
        .seek(repository, `read what ${login} may do`, async (octokit, place) => {
          const { data } = await octokit.rest.repos.getCollaboratorPermissionLevel({
            ...place,
            username: login,
          });
          return writing.has(complete({ permission: data.permission }).permission);
        })
        .catch((error: unknown) => {
          if (isAnswer(error, 'missing')) return false;
          throw error;
        });
    }, clock),
  };
}
