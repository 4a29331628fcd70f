/**
 * Pull requests of one repository on disk: `pulls/<n>.json` and, for people, `pulls/<n>.md` beside it. Numbers count from
 * 1 and are never given twice. Every change happens under the repository's lock, on the record as it is then.
 */
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { RepositoryRef } from '../../../domain/model/project.ts';
import type { HostCheck } from '../port.ts';
import { createFile, isErrno, isSyntaxError, replaceFile } from '../../support/atomic-file.ts';
import { readOwnFile } from '../../support/own-file.ts';
import { withFileLock } from '../../support/file-lock.ts';
import { alreadyExists, hostedElsewhere, nameOf, notFound, unknownSchema } from './errors.ts';
import { type PullRequestRecord, type StatusRecord, type StoredRecord, upToDate } from './record.ts';
import { render } from './render.ts';

export interface PullRequestStore {
  /** Newest first. */
  list(): Promise<readonly PullRequestRecord[]>;
  /** `PullRequestNotFound`. */
  read(number: number): Promise<PullRequestRecord>;
  /** `AlreadyExists` while one with the same head and base is open. */
  create(draft: Omit<PullRequestRecord, 'schema' | 'number'>): Promise<PullRequestRecord>;
  /** `next` gets the record under the lock; returning it unchanged writes nothing. `PullRequestNotFound`. */
  change(number: number, next: (record: PullRequestRecord) => PullRequestRecord): Promise<PullRequestRecord>;
  /** Absolute path of the readable page; exists afterwards. */
  page(record: PullRequestRecord): Promise<string>;
  /** Of a commit, oldest context first. */
  statuses(sha: string): Promise<readonly HostCheck[]>;
  changeStatuses(sha: string, next: (statuses: readonly HostCheck[]) => readonly HostCheck[]): Promise<void>;
}

export function openStore(dataDir: string, repository: RepositoryRef): PullRequestStore {
  const folder = join(dataDir, 'code-host', repositoryKey(repository));
  const pulls = join(folder, 'pulls');
  const jsonPath = (number: number) => join(pulls, `${number}.json`);
  const pagePath = (number: number) => join(pulls, `${number}.md`);

  async function readRecord(number: number): Promise<PullRequestRecord | undefined> {
    const path = jsonPath(number);
    try {
      const text = await readOwnFile(path);
      if (text === undefined) return undefined;
      const record = JSON.parse(text) as StoredRecord;
      if (record.schema !== 1) throw unknownSchema(path, record.schema);
      return upToDate(record);
    } catch (error) {
      if (isSyntaxError(error)) throw unknownSchema(path, null);
      throw error;
    }
  }

  /** A name of a file, and no path. */
  const statusPath = (sha: string) =>
    join(folder, 'statuses', `${sha.replaceAll(/[^0-9a-zA-Z]/g, '_')}.json`);

  async function statuses(sha: string): Promise<readonly HostCheck[]> {
    const path = statusPath(sha);
    try {
      const text = await readOwnFile(path);
      if (text === undefined) return [];
      const record = JSON.parse(text) as StatusRecord;
      if (record.schema !== 1) throw unknownSchema(path, record.schema);
      return record.statuses;
    } catch (error) {
      if (isSyntaxError(error)) throw unknownSchema(path, null);
      throw error;
    }
  }

  async function read(number: number): Promise<PullRequestRecord> {
    const record = Number.isSafeInteger(number) && number > 0 ? await readRecord(number) : undefined;
    if (record === undefined) throw notFound({ repository, number });
    return record;
  }

  async function list(): Promise<readonly PullRequestRecord[]> {
    const records = await Promise.all((await numbers(pulls)).map(readRecord));
    return records.filter((record) => record !== undefined).sort((a, b) => b.number - a.number);
  }

  async function writePage(record: PullRequestRecord): Promise<void> {
    await replaceFile(pagePath(record.number), render(nameOf(repository), record), { durable: false });
  }

  /** At most one is open per head and base. */
  async function refuseSecond(
    record: Pick<PullRequestRecord, 'head' | 'base'>,
    number?: number,
  ): Promise<void> {
    const other = (await list()).find(
      ({ state, head, base, number: n }) =>
        state === 'open' &&
        head.branch === record.head.branch &&
        base.branch === record.base.branch &&
        n !== number,
    );
    if (other !== undefined) throw alreadyExists(record.head.branch, record.base.branch, other.number);
  }

  return {
    list,
    read,
    create: (draft) =>
      withFileLock(folder, async () => {
        await refuseSecond(draft);
        for (let number = 1 + Math.max(0, ...(await numbers(pulls))); ; number += 1) {
          const record: PullRequestRecord = { schema: 1, number, ...draft };
          if (!(await createFile(jsonPath(number), toJson(record)))) continue;
          await createFile(join(folder, 'repository.txt'), `${nameOf(repository)}\n`, { durable: false });
          await writePage(record);
          return record;
        }
      }),
    change: (number, next) =>
      withFileLock(folder, async () => {
        const record = await read(number);
        const changed = next(record);
        if (changed === record) return record;
        if (changed.state === 'open' && record.state !== 'open') await refuseSecond(changed, number);
        await replaceFile(jsonPath(number), toJson(changed));
        await writePage(changed);
        return changed;
      }),
    statuses,
    changeStatuses: (sha, next) =>
      withFileLock(folder, async () => {
        const before = await statuses(sha);
        const record: StatusRecord = { schema: 1, statuses: next(before) };
        if (record.statuses === before) return;
        await replaceFile(statusPath(sha), toJson(record));
      }),
    async page(record) {
      // Missing after a crash between the two writes.
      const path = pagePath(record.number);
      await access(path).catch(() => writePage(record));
      return path;
    },
  };
}

const toJson = (record: PullRequestRecord | StatusRecord): string => `${JSON.stringify(record, null, 2)}\n`;

async function numbers(folder: string): Promise<readonly number[]> {
  try {
    const names = await readdir(folder);
    return names.flatMap((name) => (/^[1-9]\d{0,14}\.json$/.test(name) ? [Number.parseInt(name, 10)] : []));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** The same repository has one folder, however its path is written. `NoCodeHost` for one that lives on a code host. */
function repositoryKey(repository: RepositoryRef): string {
  if (repository.kind === 'hosted') throw hostedElsewhere(repository);
  const identity = repository.kind === 'path' ? realPath(repository.path) : repository.url;
  return createHash('sha256').update(`${repository.kind}:${identity}`).digest('hex').slice(0, 20);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
