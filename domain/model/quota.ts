/** How much of a change an agent may leave: past that it is turned away before anybody reads it. */
import { formatBytes } from '../text/bytes.ts';
import { escapeControls } from '../text/escape.ts';
import { shorten } from '../text/truncate.ts';

export interface ChangeLimits {
  /** Files that differ from where the task started. */
  readonly files: number;
  /** Of one of them, as it is listed: what a sparse file claims counts, not what it takes on the disk. */
  readonly fileBytes: number;
  /** Of all of them together. */
  readonly totalBytes: number;
}

const GIB = 2 ** 30;
/** Far beyond what people review, and what git carries without complaint. */
export const defaultChangeLimits: ChangeLimits = { files: 100_000, fileBytes: GIB, totalBytes: 4 * GIB };

/** What was counted so far. */
export interface ChangeSize {
  readonly files: number;
  readonly totalBytes: number;
  readonly largest: { readonly path: string; readonly size: number };
}

/** Null: it is within its limits. Else why not, and the way out, for the agent and for whoever runs the worker. */
export function quotaProblem(
  { files, totalBytes, largest }: ChangeSize,
  limits: ChangeLimits,
): string | null {
  const wayOut = (setting: string): string =>
    `Remove what does not belong into the repository, or add it to .gitignore; the worker's operator can allow more (${setting}).`;
  const name = shorten(escapeControls(largest.path), 300);
  if (largest.size > limits.fileBytes)
    return `The file '${name}' is too large to commit: ${formatBytes(largest.size)}, where ${formatBytes(limits.fileBytes)} are allowed. A sparse file counts in full. ${wayOut('PHASEWRIGHT_MAX_FILE_SIZE')}`;
  if (files > limits.files)
    return `More than ${limits.files} files are new or changed, too many to commit. ${wayOut('PHASEWRIGHT_MAX_CHANGED_FILES')}`;
  if (totalBytes > limits.totalBytes)
    return `The new and changed files are too large to commit: more than ${formatBytes(limits.totalBytes)} together, '${name}' with ${formatBytes(largest.size)} first of all. ${wayOut('PHASEWRIGHT_MAX_CHANGED_SIZE')}`;
  return null;
}
