import { describe, expect, it } from '@jest/globals';
import { checkQuota } from '../../../activities/support/quota.ts';
import { defaultChangeLimits } from '../../../domain/model/quota.ts';

const limits = { files: 3, fileBytes: 1_000, totalBytes: 2_000 };
const files = (...sizes: readonly number[]) => sizes.map((size, index) => ({ path: `file-${index}`, size }));

describe('what an agent left', () => {
  it('may reach each limit', () => {
    expect(checkQuota(files(1_000, 1_000, 0), limits)).toBeNull();
    expect(checkQuota([], limits)).toBeNull();
  });

  it('may hold no file over its limit, though the file is sparse', () => {
    expect(checkQuota(files(1, 1_001), limits)).toBe(
      "The file 'file-1' is too large to commit: 1001 B, where 1000 B are allowed. A sparse file counts in full. Remove what does not belong into the repository, or add it to .gitignore; the worker's operator can allow more (PHASEWRIGHT_MAX_FILE_SIZE).",
    );
    const sparse = { path: 'disk.img', size: 1.9 * 2 ** 40 };
    expect(checkQuota([sparse], defaultChangeLimits)).toContain('1.9 TiB, where 1 GiB are allowed');
  });

  it('may be no more files than their limit, and is looked at no further', () => {
    let seen = 0;
    const endless = function* () {
      for (;;) yield { path: `file-${(seen += 1)}`, size: 0 };
    };
    expect(checkQuota(endless(), limits)).toMatch(
      /^More than 3 files are new or changed, .* \(PHASEWRIGHT_MAX_CHANGED_FILES\)\.$/,
    );
    expect(seen).toBe(4);
  });

  it('may be no larger together than its limit, and the largest is named', () => {
    expect(checkQuota(files(600, 900, 700), limits)).toMatch(
      /more than 2 KiB together, 'file-1' with 900 B first of all\. .* \(PHASEWRIGHT_MAX_CHANGED_SIZE\)\.$/,
    );
  });

  it('is named without what its name could do to a terminal', () => {
    const problem = checkQuota([{ path: '\u001b[2Jx'.repeat(400), size: 5_000 }], limits) ?? '';
    expect(problem).toContain("The file '\\u{1b}[2Jx");
    expect(problem.length).toBeLessThan(700);
  });
});
