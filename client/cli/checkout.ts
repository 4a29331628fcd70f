/** `pr checkout`: a person's own repository is only touched when it is clean, and never forced. */
import { realpath } from 'node:fs/promises';
import { PhasewrightError } from '../errors.ts';
import { parseRepository } from '../../domain/project-file/repository.ts';
import type { Cli } from './cli.ts';
import { endSentence } from '../../domain/text/sentence.ts';
import { exitCodes } from './exit.ts';
import { gitIn } from './repository.ts';

export interface CheckoutRequest {
  readonly branch: string;
  /** As the project knows it. */
  readonly repository: string;
  readonly print: boolean;
}

export async function checkout(cli: Cli, { branch, repository, print }: CheckoutRequest): Promise<number> {
  const { cwd, env } = cli.io;
  const git = async (...args: string[]): Promise<string> => (await gitIn(cwd, args, env)).trim();
  const here = await git('rev-parse', '--path-format=absolute', '--git-common-dir').catch(() => null);
  if (here === null)
    throw new PhasewrightError(
      'RepositoryNotFound',
      `${cwd} is no git repository. Go to a checkout of ${repository} first.`,
    );
  const commands = await commandsFor({ branch, repository }, here, git);
  const text = `${commands.map((args) => `git ${args.join(' ')}`).join('\n')}\n`;
  if (print) {
    cli.print({ commands: commands.map((args) => ['git', ...args]) }, () => text);
    return exitCodes.ok;
  }
  const dirty = await git('status', '--porcelain');
  if (dirty !== '') {
    throw new PhasewrightError(
      'NotWaiting',
      `${cwd} has uncommitted changes (${dirty.split('\n').length}); commit or stash them, then:\n${text.trimEnd()}`,
    );
  }
  for (const args of commands) {
    await git(...args).catch((error: Error & { stderr?: string }) => {
      throw new PhasewrightError(
        'GitFailed',
        `git ${args.join(' ')} failed: ${endSentence(error.stderr ?? error.message)}`,
        { cause: error },
      );
    });
  }
  cli.print({ branch, switched: true }, () => `At ${branch} now.\n`);
  return exitCodes.ok;
}

/** In the project's own repository the branch is there; elsewhere it is fetched from the remote that is the project's, or from its address. */
async function commandsFor(
  { branch, repository }: Omit<CheckoutRequest, 'print'>,
  here: string,
  git: (...args: string[]) => Promise<string>,
): Promise<readonly (readonly string[])[]> {
  const parsed = parseRepository(repository);
  const known = 'repository' in parsed ? parsed.repository : null;
  if (known?.kind === 'path') {
    const theirs = await realpath(known.path).catch(() => known.path);
    const own = await realpath(here);
    // Detached: a branch that is checked out here could not be pushed to any more.
    if (own === theirs || own === `${theirs}/.git`) return [['switch', '--detach', branch]];
  }
  const remotes = (await git('remote', '-v')).split('\n').map((line) => line.split(/\s+/));
  const wanted =
    known?.kind === 'hosted' ? new RegExp(`[:/]${known.owner}/${known.name}(\\.git)?/?$`, 'i') : null;
  const remote = remotes.find(
    ([, url]) =>
      url !== undefined &&
      (wanted === null ? url === repository || url === `file://${repository}` : wanted.test(url)),
  )?.[0];
  if (remote === undefined && known?.kind === 'hosted') {
    throw new PhasewrightError(
      'RepositoryNotFound',
      `This repository has no remote for ${repository}. Go to a checkout of it first.`,
    );
  }
  const fetch = ['fetch', remote ?? repository, `refs/heads/${branch}`];
  const exists = await git('rev-parse', '--verify', '--quiet', `refs/heads/${branch}`).then(
    () => true,
    () => false,
  );
  // A branch of that name may hold the person's own commits: it is moved forward or left alone.
  return exists
    ? [fetch, ['switch', branch], ['merge', '--ff-only', 'FETCH_HEAD']]
    : [fetch, ['switch', '--no-track', '-c', branch, 'FETCH_HEAD']];
}
