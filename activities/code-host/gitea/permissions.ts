/** As whom this host acts, and who may push to a repository. */
import { sameLogin } from '../../../domain/names/logins.ts';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { rememberRights } from '../permissions.ts';
import type { CodeHost } from '../port.ts';
import { readLogin, readLogins, readPermission } from './answers.schema.ts';
import type { Client } from './client.ts';
import { isAnswer } from './errors.ts';

const writing = new Set(['owner', 'admin', 'write']);

export function createPermissions(
  client: Client,
  clock: () => number,
): Pick<CodeHost, 'identity' | 'mayWrite'> {
  let own: Promise<string> | undefined;

  /** Only administrators of a repository may ask what others may do there. */
  async function isAssignable(repository: RepositoryRef, login: string): Promise<boolean> {
    const ask = { repository, what: 'list who may write to it', path: ['assignees'] };
    return (await client.get(ask, readLogins)).some((other) => sameLogin(other, login));
  }

  async function askedOnce(): Promise<string> {
    own ??= client.own('read whose it is', '/user', readLogin);
    try {
      return await own;
    } catch (error) {
      own = undefined;
      throw error;
    }
  }

  return {
    identity: async () => ({ login: await askedOnce(), bot: false }),

    mayWrite: rememberRights(async (repository, login) => {
      // A login becomes part of an address.
      if (!/^[A-Za-z0-9][\w.-]*$/.test(login)) return false;
      const ask = {
        repository,
        what: `read what ${login} may do`,
        path: ['collaborators', login, 'permission'],
      };
      try {
        return writing.has(await client.seek(ask, readPermission));
      } catch (error) {
        if (isAnswer(error, 'missing')) return false;
        if (isAnswer(error, 'refused')) return isAssignable(repository, login);
        throw error;
      }
    }, clock),
  };
}
