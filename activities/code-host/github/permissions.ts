/** As whom this host acts, and who may push to a repository. */
import type { CodeHost } from '../port.ts';
import type { Client } from './client.ts';
import type { Credentials } from './credentials.ts';
import { isAnswer } from './errors.ts';
import { complete, hosted } from './map.ts';

/** A right that was just taken away counts at most this long. */
const rememberMs = 60_000;
const rememberAtMost = 1_000;

const writing = new Set(['admin', 'maintain', 'write']);

export function createPermissions(
  client: Client,
  { identity }: Pick<Credentials, 'identity'>,
  clock: () => number,
): Pick<CodeHost, 'identity' | 'mayWrite'> {
  const known = new Map<string, { readonly may: boolean; readonly until: number }>();
  return {
    identity,

    async mayWrite(repository, login) {
      // A login becomes part of an address.
      if (!/^[A-Za-z0-9](?:[\w-]*)(?:\[bot\])?$/.test(login)) return false;
      const key = `${hosted(repository).label} ${login}`.toLowerCase();
      const before = known.get(key);
      if (before !== undefined && before.until > clock()) return before.may;
      const may = await client
        .read(repository, `read what ${login} may do`, async (octokit, place) => {
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
      if (known.size >= rememberAtMost) known.clear();
      known.set(key, { may, until: clock() + rememberMs });
      return may;
    },
  };
}
