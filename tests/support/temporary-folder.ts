/** A folder that goes with the others of its test file (test-environment.ts). */
import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Absolute, without symbolic links, for this user only. */
export const temporaryFolder = (): string => realpathSync(mkdtempSync(join(tmpdir(), 'phasewright-test-')));
