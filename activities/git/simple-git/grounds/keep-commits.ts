/**
 * An agent's own commits, for people who want to see how it went. A git that is given the clone's objects, and neither its
 * configuration nor its refs, packs them, within limits, and each object is checked; nothing rests on them, so what can't be had that
 * way is left.
 */
import { join } from 'node:path';
import { readRegular } from '../../../support/hostile-file.ts';
import { runProcess } from '../../../support/process.ts';
import type { WorktreeState } from '../../port.ts';
import { objectId, refName } from '../map.ts';
import type { Mirror } from '../mirror.ts';
import { readHead } from './git-folder.ts';
import type { GroundParts } from './parts.ts';
import type { WorkspaceRecord } from './records.ts';

const packBytes = 64 * 1024 * 1024;
const packWithinMs = 60_000;

/** Where the agent's branch is, if its commits could be had. */
export async function keepCommits(
  parts: GroundParts,
  mirror: Mirror,
  path: string,
  {
    startSha,
    record,
    hiddenRef,
  }: WorktreeState & { readonly record: WorkspaceRecord; readonly hiddenRef: string },
): Promise<string | undefined> {
  const head = await readHead(path);
  if (head.kind !== 'branch' || head.sha === null || [startSha, record.startSha].includes(head.sha))
    return undefined;
  const { sha } = head;
  const kept = await parts.mirrors
    .withScratch(mirror, {}, async (scratch) => {
      await runProcess({
        // In blocks of 512 bytes.
        command: {
          shell: `ulimit -f ${packBytes / 512} && exec git pack-objects --revs --stdout --window=0 -q > "$PACK"`,
        },
        cwd: scratch.gitDir,
        env: {
          GIT_DIR: scratch.gitDir,
          GIT_OBJECT_DIRECTORY: join(path, '.git', 'objects'),
          GIT_NO_REPLACE_OBJECTS: '1',
          PATH: parts.path,
          HOME: '/nonexistent',
          GIT_CONFIG_GLOBAL: '/dev/null',
          GIT_CONFIG_NOSYSTEM: '1',
          PACK: join(scratch.gitDir, 'commits.pack'),
        },
        stdin: `${objectId(sha)}\n^${objectId(startSha)}\n`,
        timeoutMs: packWithinMs,
      });
      const pack = await readRegular(scratch.gitDir, 'commits.pack', { maxBytes: packBytes });
      if (pack.kind !== 'read' || pack.bytes.length === 0) return false;
      const args = ['--stdin', '--fix-thin', '--strict'];
      await parts.mirrors.git(mirror, 'index-pack', args, { scratch, stdin: pack.bytes });
      return true;
    })
    .catch(() => false);
  if (!kept) return undefined;
  await parts.mirrors.changeLedger(mirror, (refs) => void refs.set(refName(hiddenRef), sha));
  return sha;
}
