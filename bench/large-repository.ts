/** Repositories as large as those that people complain about, written as packs by `git fast-import`: no file of theirs is made. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { git, gitEnvironment } from './repository.ts';

export const largeRepositories = {
  heavy: { what: '20,000 files, 200 MB', files: 20_000, bytes: 10_000, commits: 2 },
  wide: { what: '100,000 files', files: 100_000, bytes: 200, commits: 1 },
  deep: { what: '50,000 commits', files: 2_000, bytes: 400, commits: 50_000 },
} as const satisfies Record<string, Size>;
export type LargeRepository = keyof typeof largeRepositories;

interface Size {
  readonly what: string;
  readonly files: number;
  /** Of each file. */
  readonly bytes: number;
  /** The first one adds all files; each of the others changes one. */
  readonly commits: number;
}

const filesPerFolder = 100;
const foldersPerFolder = 20;
const pathOf = (file: number): string => {
  const folder = Math.floor(file / filesPerFolder);
  return `src/area-${Math.floor(folder / foldersPerFolder)}/room-${folder}/file-${file}.txt`;
};

/** Lines that differ from file to file and hardly compress. */
function contentOf(file: number, version: number, bytes: number): Buffer {
  const text = Buffer.alloc(bytes);
  let state = (file * 2_654_435_761 + version * 40_503 + 1) >>> 0;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text[at] = at % 80 === 79 ? 10 : 33 + ((state >>> 16) % 94);
  }
  return text;
}

/** Path of the bare repository. */
export async function makeLargeRepository(folder: string, name: LargeRepository): Promise<string> {
  const bare = join(folder, 'remote.git');
  await git(folder, ['init', '-q', '--bare', '-b', 'main', bare]);
  const child = spawn('git', ['fast-import', '--quiet'], {
    cwd: bare,
    env: gitEnvironment,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  for (const chunk of history(largeRepositories[name]))
    if (!child.stdin.write(chunk)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}.`);
  return bare;
}

function* history({ files, bytes, commits }: Size): Iterable<Buffer> {
  const person = 'Bench <bench@example.invalid>';
  for (let commit = 0; commit < commits; commit += 1) {
    const head = `commit refs/heads/main\ncommitter ${person} ${1_700_000_000 + 60 * commit} +0000\ndata 7\nCommit\n`;
    yield Buffer.from(head);
    const changed = commit === 0 ? files : 1;
    for (let each = 0; each < changed; each += 1) {
      const file = (commit + each) % files;
      const content = contentOf(file, commit, bytes);
      yield Buffer.concat([
        Buffer.from(`M 100644 inline ${pathOf(file)}\ndata ${content.length}\n`),
        content,
      ]);
    }
    yield Buffer.from('\n');
  }
}
