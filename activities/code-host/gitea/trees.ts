/**
 * The tree of a commit, which Gitea's API does not name (it puts the commit's own SHA in its place): made from what it lists of the
 * tree's entries, as git makes it. A name that is no UTF-8 comes changed, and so does the SHA then.
 */
import { createHash } from 'node:crypto';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import { type GiteaEntry, readTree } from './answers.schema.ts';
import type { Client } from './client.ts';

export async function treeOf(client: Client, repository: RepositoryRef, sha: string): Promise<string> {
  const entries: GiteaEntry[] = [];
  for (let page = 1; ; page += 1) {
    const ask = { repository, what: `read the tree of ${sha}`, path: ['git', 'trees', sha], query: { page } };
    const part = await client.get(ask, readTree);
    entries.push(...part.entries);
    if (!part.truncated || part.entries.length === 0) break;
  }
  return treeSha(entries, sha.length === 64 ? 'sha256' : 'sha1');
}

export function treeSha(entries: readonly GiteaEntry[], algorithm: 'sha1' | 'sha256'): string {
  const parts = entries
    .map((entry) => ({ entry, order: Buffer.from(entry.type === 'tree' ? `${entry.path}/` : entry.path) }))
    .sort((a, b) => Buffer.compare(a.order, b.order))
    .map(({ entry: { mode, path, sha } }) =>
      Buffer.concat([Buffer.from(`${mode.replace(/^0+/, '')} ${path}\0`), Buffer.from(sha, 'hex')]),
    );
  const content = Buffer.concat(parts);
  return createHash(algorithm).update(`tree ${content.length}\0`).update(content).digest('hex');
}
