/** Holds what an agent left against its limits, before anything of it is read. */
import { type ChangeLimits, quotaProblem } from '../../domain/model/quota.ts';

export interface ChangedEntry {
  readonly path: string;
  /** Bytes that the file claims to have (`stat`), whatever it takes on the disk. */
  readonly size: number;
}

/** Null, or a sentence that says which limit is passed and what to do. Stops at the first entry that passes one. */
export function checkQuota(entries: Iterable<ChangedEntry>, limits: ChangeLimits): string | null {
  let files = 0;
  let totalBytes = 0;
  let largest: ChangedEntry = { path: '', size: 0 };
  for (const entry of entries) {
    files += 1;
    totalBytes += entry.size;
    if (entry.size > largest.size) largest = entry;
    if (files <= limits.files && totalBytes <= limits.totalBytes && entry.size <= limits.fileBytes) continue;
    return quotaProblem({ files, totalBytes, largest }, limits);
  }
  return null;
}
