/** Labels of pull requests, by name: Gitea wants their numbers, and has only those that somebody made. */
import type { PullRequestId } from '../port.ts';
import { readLabel, readLabels } from './answers.schema.ts';
import type { Client } from './client.ts';

interface Label {
  readonly id: number;
  readonly name: string;
}

export interface Labels {
  /** Exactly these; `now`: those that the pull request has, which may be its organisation's. */
  set(id: PullRequestId, names: readonly string[], now: readonly Label[]): Promise<void>;
}

/** Of one that is made here. */
const color = '#6f42c1';

export function createLabels(client: Client): Labels {
  async function idsOf(
    repository: PullRequestId['repository'],
    names: readonly string[],
    now: readonly Label[],
  ): Promise<readonly number[]> {
    const find = (labels: readonly Label[], name: string) =>
      labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
    const unknown = names.some((name) => find(now, name) === undefined);
    const known = unknown
      ? [...now, ...(await client.all({ repository, what: 'list its labels', path: ['labels'] }, readLabels))]
      : now;
    const ids: number[] = [];
    for (const name of names) ids.push((find(known, name) ?? (await make(repository, name))).id);
    return ids;
  }

  const make = (repository: PullRequestId['repository'], name: string): Promise<Label> =>
    client.change(
      {
        repository,
        what: `make the label '${name}'`,
        method: 'POST',
        path: ['labels'],
        body: { name, color },
      },
      readLabel,
    );

  return {
    async set({ repository, number }, names, now) {
      const labels = await idsOf(repository, names, now);
      await client.change(
        {
          repository,
          what: `set the labels of pull request #${number}`,
          method: 'PUT',
          path: ['issues', number, 'labels'],
          body: { labels },
        },
        readLabels,
      );
    },
  };
}
