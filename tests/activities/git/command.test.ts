/** One git process: what it leaves in memory, and what becomes of its output. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

describe('a git command', () => {
  it('keeps nothing of the activity that ran it', async () => {
    const script = fileURLToPath(new URL('command-memory.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--no-warnings', script]);
    expect(JSON.parse(stdout)).toEqual({ made: 30, alive: 0 });
  });
});
