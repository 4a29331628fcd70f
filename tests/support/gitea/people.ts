/** What somebody does to pull requests of a repository on Gitea's pages, by the API that these have as well. */
import { eventually } from '../eventually.ts';
import type { Gitea, GiteaUser } from './index.ts';

export interface GiteaPerson {
  review(
    number: number,
    state: 'APPROVED' | 'CHANGES_REQUESTED',
    body?: string,
    comments?: readonly { readonly path: string; readonly line: number; readonly body: string }[],
  ): Promise<void>;
  comment(number: number, body: string): Promise<void>;
  close(number: number): Promise<void>;
  reopen(number: number): Promise<void>;
  retarget(number: number, base: string): Promise<void>;
  merge(number: number): Promise<void>;
}

export function personOn(gitea: Gitea, repository: string, { token }: GiteaUser): GiteaPerson {
  const at = `/repos/${repository}`;
  const change = async (number: number, how: Readonly<Record<string, string>>): Promise<void> => {
    await gitea.api('PATCH', `${at}/pulls/${number}`, how, token);
  };
  return {
    async review(number, state, body = '', comments = []) {
      const event = state === 'APPROVED' ? state : 'REQUEST_CHANGES';
      const lines = comments.map(({ path, line, body: text }) => ({ path, new_position: line, body: text }));
      await gitea.api('POST', `${at}/pulls/${number}/reviews`, { event, body, comments: lines }, token);
    },
    async comment(number, body) {
      await gitea.api('POST', `${at}/issues/${number}/comments`, { body }, token);
    },
    close: (number) => change(number, { state: 'closed' }),
    reopen: (number) => change(number, { state: 'open' }),
    retarget: (number, base) => change(number, { base }),
    async merge(number) {
      const path = `${at}/pulls/${number}`;
      await eventually(`#${number} can be merged`, async () => {
        const { mergeable } = await gitea.api<{ mergeable: boolean }>('GET', path, undefined, token);
        return mergeable;
      });
      await gitea.api('POST', `${path}/merge`, { Do: 'merge' }, token);
    },
  };
}
