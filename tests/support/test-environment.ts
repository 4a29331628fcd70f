/**
 * Node's environment, with a temporary folder per test file that goes when its tests are over. A process that was started with
 * that folder in its arguments, its environment or as its place, and still runs then, fails the file.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestEnvironment } from 'jest-environment-node';
import { endProcessesOf, processesOf } from './processes.ts';

/** What was told to end may take a moment; more than it needs on any machine costs nothing. */
const graceMs = 20_000;

export default class OwnFolderEnvironment extends TestEnvironment {
  readonly #outer: string;
  readonly #folder: string;
  #failed = false;

  constructor(...given: ConstructorParameters<typeof TestEnvironment>) {
    const outer = tmpdir();
    const folder = realpathSync(mkdtempSync(join(outer, 'file-')));
    // Before Jest copies the environment for the tests.
    process.env['TMPDIR'] = folder;
    super(...given);
    this.#outer = outer;
    this.#folder = folder;
  }

  /** Jest calls it if it is there. */
  handleTestEvent(event: {
    readonly name: string;
    readonly test?: { readonly errors: readonly unknown[] };
  }): void {
    if (event.name === 'test_done' && event.test?.errors.length !== 0) this.#failed = true;
  }

  override async teardown(): Promise<void> {
    await super.teardown();
    process.env['TMPDIR'] = this.#outer;
    for (const end = Date.now() + graceMs; processesOf(this.#folder).length > 0 && Date.now() < end; )
      await sleep(100);
    const left = endProcessesOf(this.#folder);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    // A test that fails says what matters; what it could not end comes of that.
    if (left.length > 0 && !this.#failed) throw new Error(`These tests left behind:\n${left.join('\n')}`);
  }
}
