/** Refs as they lie in a repository that we made (files backend), read without a process. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, readOptional } from './files.ts';

/** Every ref under `refs/` with its value; a symbolic one as `ref: …`. */
export async function readRefs(gitDir: string): Promise<Map<string, string>> {
  const refs = new Map<string, string>();
  for (const line of ((await readOptional(join(gitDir, 'packed-refs'))) ?? '').split('\n')) {
    const match = /^([0-9a-f]{40,64}) (refs\/.+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) refs.set(match[2], match[1]);
  }
  const visit = async (folder: string, name: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    await Promise.all(
      entries.map(async (entry) => {
        const ref = `${name}/${entry.name}`;
        if (entry.isDirectory()) return visit(join(folder, entry.name), ref);
        if (entry.name.endsWith('.lock')) return;
        const value = await readOptional(join(folder, entry.name));
        if (value !== undefined && value.trim() !== '') refs.set(ref, value.trim());
      }),
    );
  };
  await visit(join(gitDir, 'refs'), 'refs');
  return refs;
}
