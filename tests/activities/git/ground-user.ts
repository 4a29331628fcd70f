/** Opens and closes workspaces of two owners for ever, whose agents leave an ignored file of their name; until it is killed. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSimpleGit } from '../../../activities/git/simple-git/index.ts';
import { noFence } from './support.ts';

const [dataDir = '', path = '', sha = ''] = process.argv.slice(2);
const port = createSimpleGit({ dataDir, hostId: 'host-1', env: process.env });
const branch = 'project/demo/phase/1/step';
for (let round = 0; ; round += 1) {
  const owner = round % 2 === 0 ? 'one' : 'two';
  const workspace = { owner, repository: { kind: 'path', path }, host: 'host-1' } as const;
  await port.prepare(workspace, { branch, startSha: sha, keepChanges: false });
  await port.checkOut(workspace, { branch, sha });
  for (const ground of [port.worktreePath(workspace), port.checksPath(workspace)]) {
    mkdirSync(join(ground, 'ignored'), { recursive: true });
    writeFileSync(join(ground, 'ignored', owner), owner);
    writeFileSync(join(ground, 'README.md'), owner);
  }
  await port.close(workspace, noFence);
  if (round === 0) process.stdout.write('running\n');
}
