/** A bare repository in a temporary folder, and a person who pushes to it with plain git. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runGit, signedBy } from './git.ts';

export interface TestRepository {
  /** The temporary folder around everything; gone after `remove`. */
  readonly folder: string;
  /** The bare repository. */
  readonly bare: string;
  /** The person's clone. */
  readonly clone: string;
  /** Git in the clone (or in `cwd`); answers with trimmed standard output. */
  git(args: readonly string[], cwd?: string): string;
  /** One commit with these files on top of `from` (default: the branch itself, else main), pushed; its SHA. */
  commit(branch: string, files: Readonly<Record<string, string>>, from?: string): string;
  /** Merges as a person would and pushes; SHA of the base's new tip. */
  merge(head: string, base: string, how?: '--no-ff' | '--ff-only' | '--squash'): string;
  deleteBranch(branch: string): void;
  /** Null: no such branch. */
  tip(branch: string): string | null;
  remove(): void;
}

export function createTestRepository(): TestRepository {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'phasewright-repository-')));
  const bare = join(folder, 'remote.git');
  const clone = join(folder, 'person');
  const env = signedBy('Pia Person', 'pia@example.org');
  const git = (args: readonly string[], cwd = clone): string => runGit(cwd, args, { env });
  const tip = (branch: string): string | null => {
    try {
      return git(['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`], bare);
    } catch {
      return null;
    }
  };
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(clone, name)), { recursive: true });
      writeFileSync(join(clone, name), text);
    }
    git(['add', '-A']);
  };

  git(['init', '--quiet', '--bare', '--initial-branch=main', bare], folder);
  git(['clone', '--quiet', bare, clone], folder);
  git(['switch', '--quiet', '-c', 'main']);
  write({ 'README.md': '# Test\n' });
  git(['commit', '--quiet', '-m', 'First commit']);
  git(['push', '--quiet', 'origin', 'HEAD:refs/heads/main']);

  return {
    folder,
    bare,
    clone,
    git,
    tip,
    commit(branch, files, from) {
      const start = from ?? tip(branch) ?? 'main';
      git(['fetch', '--quiet', 'origin']);
      git(['switch', '--quiet', '--detach', tip(start) ?? start]);
      write(files);
      git(['commit', '--quiet', '-m', `Change ${Object.keys(files).join(', ')}`]);
      git(['push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`]);
      return git(['rev-parse', 'HEAD']);
    },
    merge(head, base, how = '--no-ff') {
      git(['fetch', '--quiet', 'origin']);
      git(['switch', '--quiet', '--detach', `origin/${base}`]);
      git(['merge', '--quiet', how, ...(how === '--no-ff' ? ['--no-edit'] : []), `origin/${head}`]);
      if (how === '--squash') git(['commit', '--quiet', '--no-edit']);
      git(['push', '--quiet', 'origin', `HEAD:refs/heads/${base}`]);
      return git(['rev-parse', 'HEAD']);
    },
    deleteBranch: (branch) => void git(['push', '--quiet', 'origin', '--delete', branch]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
