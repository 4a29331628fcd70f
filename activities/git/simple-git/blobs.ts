/** Contents of many files of a tree with one process. */
import { pathToBytes } from '../../../domain/text/byte-path.ts';
import { objectId } from './map.ts';
import type { Mirror, Mirrors } from './mirror.ts';

const mostBytes = 32 * 1024 * 1024;

/** What lies beyond 32 MiB in all, or isn't a file, is left out. */
export async function readBlobs(
  mirrors: Mirrors,
  mirror: Mirror,
  tree: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  if (paths.length === 0) return found;
  const stdin = Buffer.concat(
    paths.flatMap((path) => [Buffer.from(`${objectId(tree)}:`), pathToBytes(path), Buffer.of(0)]),
  );
  const args = ['--batch=%(objecttype) %(objectsize)', '-z'];
  const { bytes } = await mirrors.git(mirror, 'cat-file', args, { stdin, limit: mostBytes });
  let at = 0;
  for (const path of paths) {
    const end = bytes.indexOf('\n', at);
    if (end < 0) break;
    const [, type, size] = /^(\w+) (\d+)$/.exec(bytes.subarray(at, end).toString('latin1')) ?? [];
    if (type === undefined || size === undefined) {
      // `<name> missing`, and a name may have lines of its own.
      at += tree.length + 1 + pathToBytes(path).length + ' missing\n'.length;
      continue;
    }
    at = end + 1;
    const content = bytes.subarray(at, at + Number(size));
    if (content.length < Number(size)) break;
    if (type === 'blob') found.set(path, content);
    at += Number(size) + 1;
  }
  return found;
}
