/**
 * Finds the command `temporal`, which carries our embedded server: the given one, the one on PATH, our cache, the
 * official download, or a build of its Go module, in this order and each said aloud.
 * What must stay true: what is in the cache is whole and was run once; nothing unverified is ever executed from there.
 */
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { PortError } from '../activities/support/port-error.ts';
import { withFileLock } from '../activities/support/file-lock.ts';
import { type Archive, CLI_VERSION, officialArchive } from './cli-archives.ts';
import { buildCli } from './cli-build.ts';
import { checkCli } from './cli-check.ts';
import { downloadCli } from './cli-download.ts';
import { packageRoot } from './package-root.ts';
import { endSentence } from '../domain/text/sentence.ts';
import type { Log } from './progress.ts';

export interface FindCliOptions {
  readonly log: Log;
  /** Ours, per user; made if missing. */
  readonly cacheDir: string;
  /** `PATH`; empty: not looked at. */
  readonly searchPath?: string;
  /** The one to use, whatever else there is. */
  readonly cliPath?: string | undefined;
  /** False: never downloads. */
  readonly download?: boolean;
  /** Default: the official one of this platform. */
  readonly archive?: Archive | undefined;
  /** Default: temporal/cli of this package. */
  readonly moduleFolder?: string;
  /** Default true. */
  readonly build?: boolean;
}

export interface TemporalCli {
  readonly path: string;
  readonly from: 'given' | 'path' | 'cache' | 'download' | 'build';
  readonly version: string;
}

/** Throws `NoServer`, naming every way and why it didn't work. */
export async function findTemporalCli(options: FindCliOptions): Promise<TemporalCli> {
  if (options.cliPath !== undefined) return useGiven(options.cliPath, options.log);
  return (await findOnPath(options)) ?? (await fromCache(options)) ?? (await fetchIntoCache(options));
}

/** Where a whole, checked program of exactly this version lies or will lie. */
export function cachedCliPath(cacheDir: string, moduleFolder: string = defaultModule()): string {
  const key = createHash('sha256')
    .update(readFileSync(join(moduleFolder, 'go.sum')))
    .update(CLI_VERSION)
    .digest('hex')
    .slice(0, 16);
  return join(cacheDir, `temporal-${CLI_VERSION}-${process.platform}-${process.arch}-${key}`, 'temporal');
}

const defaultModule = (): string => join(packageRoot(), 'temporal', 'cli');

async function useGiven(path: string, log: Log): Promise<TemporalCli> {
  const check = await checkCli(path);
  if (!check.ok)
    throw new PortError('NoServer', `The given temporal command ${path} cannot be used: ${check.reason}.`);
  log(`Using the given temporal command: ${path} (${check.version.text}).`);
  return { path, from: 'given', version: check.version.text };
}

async function findOnPath({ searchPath, log }: FindCliOptions): Promise<TemporalCli | undefined> {
  const path = (searchPath ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'temporal'))
    .find(isProgram);
  if (path === undefined) {
    log('There is no temporal command on PATH.');
    return undefined;
  }
  const check = await checkCli(path);
  if (!check.ok) {
    log(`The temporal command on PATH, ${path}, cannot be used: ${check.reason}.`);
    return undefined;
  }
  log(`Using temporal from PATH: ${path} (${check.version.text}).`);
  return { path, from: 'path', version: check.version.text };
}

async function fromCache({ cacheDir, moduleFolder, log }: FindCliOptions): Promise<TemporalCli | undefined> {
  const path = cachedCliPath(cacheDir, moduleFolder);
  if (!isProgram(path)) {
    log(`There is none in our cache (${cacheDir}) either.`);
    return undefined;
  }
  const check = await checkCli(path);
  if (!check.ok) {
    log(`The one in our cache, ${path}, is broken (${check.reason}); it is replaced.`);
    return undefined;
  }
  log(`Using temporal from our cache: ${path}.`);
  return { path, from: 'cache', version: check.version.text };
}

async function fetchIntoCache(options: FindCliOptions): Promise<TemporalCli> {
  const target = cachedCliPath(options.cacheDir, options.moduleFolder);
  return withFileLock(
    `${join(target, '..')}.lock`,
    async () => {
      // Whoever held the lock before may have brought it.
      if (isProgram(target)) {
        const found = await fromCache(options);
        if (found !== undefined) return found;
      }
      return bring(options, target);
    },
    {
      onWait: (pid) => options.log(`Process ${pid} is getting the temporal command already; waiting for it.`),
      waitMs: 90 * 60_000,
    },
  );
}

async function bring(options: FindCliOptions, target: string): Promise<TemporalCli> {
  const { log, cacheDir } = options;
  const archive = 'archive' in options ? options.archive : officialArchive();
  const ways: readonly {
    readonly from: 'download' | 'build';
    readonly name: string;
    readonly run: (folder: string) => Promise<string>;
  }[] = [
    {
      from: 'download',
      name: 'The official download',
      run: async (folder) => {
        if (options.download === false) throw new Error('switched off');
        if (archive === undefined)
          throw new Error(`there is none for ${process.platform} on ${process.arch} whose digest is known`);
        return downloadCli({ archive, folder, log });
      },
    },
    {
      from: 'build',
      name: 'Building from the Go module',
      run: async (folder) => {
        if (options.build === false) throw new Error('switched off');
        return buildCli({ moduleFolder: options.moduleFolder ?? defaultModule(), folder, log });
      },
    },
  ];
  const reasons: string[] = [];
  for (const { from, name, run } of ways) {
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 });
    const folder = mkdtempSync(join(cacheDir, 'incoming-'));
    try {
      const program = await run(folder);
      const check = await checkCli(program);
      if (!check.ok) throw new Error(`what came cannot be used: ${check.reason}`);
      mkdirSync(join(target, '..'), { recursive: true });
      renameSync(program, target);
      log(`${name} worked: ${target} (${check.version.text}).`);
      return { path: target, from, version: check.version.text };
    } catch (error) {
      const reason = `${name} didn't work: ${endSentence((error as Error).message)}`;
      log(reason);
      reasons.push(reason);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new PortError('NoServer', noCliText(options, reasons), { problems: reasons });
}

function noCliText({ cacheDir }: FindCliOptions, reasons: readonly string[]): string {
  return [
    'The embedded server needs the command `temporal` (server 1.29 or later), and none could be had:',
    '  - On PATH and in the cache there is no usable one.',
    ...reasons.map((reason) => `  - ${reason}`),
    'Do one of these: install it (https://docs.temporal.io/cli, then it is on PATH); name one with PHASEWRIGHT_TEMPORAL_CLI;',
    `install Go, so that it can be built (about 4 minutes, kept in ${cacheDir}); or use a server of yours with TEMPORAL_ADDRESS.`,
  ].join('\n');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
