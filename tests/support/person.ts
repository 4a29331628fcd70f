/** A person with plain git: a clone of a repository, and what people do to its branches. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git.ts';

export interface Person {
  /** One commit with this file on the branch's tip, pushed; its SHA. */
  commit(branch: string, file: string, text?: string): string;
  /** One commit without this file, pushed. */
  remove(branch: string, file: string): void;
  /** The branch is at this commit now, whatever it was. */
  force(branch: string, sha: string): void;
  /** The branch is now one commit of theirs on top of `onto`; its SHA. */
  replace(branch: string, onto: string): string;
  /** The branch is now one commit of theirs without any history before it; its SHA. */
  startOver(branch: string, file: string): string;
  /** Merged as people do without GitHub, and pushed; the base's new tip. */
  merge(head: string, base: string): string;
  /** All of the head as one commit on the base, pushed; the base's new tip. */
  squash(head: string, base: string): string;
  deleteBranch(branch: string): void;
}

/** `remote`: a path, or a URL with the person's credentials; `home`: where the clone goes. */
export function personAt(home: string, remote: string): Person {
  const clone = mkdtempSync(join(home, 'person-'));
  git(clone, 'init', '--quiet');
  git(clone, 'remote', 'add', 'origin', remote);
  const isPath = !remote.includes('://');
  const take = (branch: string) => {
    git(clone, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    git(clone, 'switch', '--quiet', '--detach', `origin/${branch}`);
  };
  return {
    commit(branch, file, text = 'By hand.\n') {
      take(branch);
      writeFileSync(join(clone, file), text);
      git(clone, 'add', '-A');
      git(clone, 'commit', '--quiet', '-m', `Change ${file} by hand`);
      git(clone, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
      return git(clone, 'rev-parse', 'HEAD');
    },
    remove(branch, file) {
      take(branch);
      git(clone, 'rm', '--quiet', file);
      git(clone, 'commit', '--quiet', '-m', `Remove ${file} by hand`);
      git(clone, 'push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`);
    },
    force(branch, sha) {
      if (isPath) return void git(remote, 'update-ref', `refs/heads/${branch}`, sha);
      git(clone, 'fetch', '--quiet', 'origin', sha);
      git(clone, 'push', '--quiet', '--force', 'origin', `${sha}:refs/heads/${branch}`);
    },
    replace(branch, onto) {
      take(onto);
      writeFileSync(join(clone, 'instead.txt'), 'Instead.\n');
      git(clone, 'add', '-A');
      git(clone, 'commit', '--quiet', '-m', 'Instead');
      git(clone, 'push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      return git(clone, 'rev-parse', 'HEAD');
    },
    startOver(branch, file) {
      git(clone, 'switch', '--quiet', '--orphan', `over-${branch}`);
      writeFileSync(join(clone, file), 'By hand.\n');
      git(clone, 'add', '-A');
      git(clone, 'commit', '--quiet', '-m', 'Start over');
      git(clone, 'push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      return git(clone, 'rev-parse', 'HEAD');
    },
    merge(head, base) {
      take(base);
      git(clone, 'merge', '--quiet', '--no-ff', '--no-edit', `origin/${head}`);
      git(clone, 'push', '--quiet', 'origin', `HEAD:refs/heads/${base}`);
      return git(clone, 'rev-parse', 'HEAD');
    },
    squash(head, base) {
      take(base);
      git(clone, 'merge', '--quiet', '--squash', `origin/${head}`);
      git(clone, 'commit', '--quiet', '-m', `Squash ${head}`);
      git(clone, 'push', '--quiet', 'origin', `HEAD:refs/heads/${base}`);
      return git(clone, 'rev-parse', 'HEAD');
    },
    deleteBranch(branch) {
      if (isPath) git(remote, 'update-ref', '-d', `refs/heads/${branch}`);
      else git(clone, 'push', '--quiet', 'origin', '--delete', branch);
    },
  };
}
