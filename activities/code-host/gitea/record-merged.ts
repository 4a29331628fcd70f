/** A merge that happened without Gitea: recorded as such where the repository's settings allow that, else the pull request is closed. */
import type { CodeHost } from '../port.ts';
import type { Client } from './client.ts';
import { isAnswer } from './errors.ts';
import { readPull } from './answers.schema.ts';
import { notFoundAs } from './refusals.ts';

export function createRecording(
  client: Client,
  { closePullRequest }: Pick<CodeHost, 'closePullRequest'>,
): Pick<CodeHost, 'recordMerged'> {
  return {
    async recordMerged({ repository, number, sha }) {
      const id = { repository, number };
      const pull = await client
        .get({ repository, what: `read pull request #${number}`, path: ['pulls', number] }, readPull)
        .catch(notFoundAs(repository, number));
      if (pull.merged || pull.state !== 'open') return;
      try {
        await client.change(
          {
            repository,
            what: `record the merge of pull request #${number}`,
            method: 'POST',
            path: ['pulls', number, 'merge'],
            body: { do: 'manually-merged', merge_commit_id: sha },
          },
          () => undefined,
        );
      } catch (error) {
        // Not allowed in this repository, or a commit that its base does not hold.
        if (!isAnswer(error, 'not_allowed', 'conflict', 'invalid')) throw error;
        await closePullRequest(id);
      }
    },
  };
}
