/** Whether this run has a Gitea server to run tests on. */
import { loadConfig } from '../../../config/load.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { cachedGitea } from './find.ts';

/** Undefined: it isn't built, and tests on it are skipped (`npm run test:gitea` builds it). */
export function knownGitea(): string | undefined {
  const known = process.env['PHASEWRIGHT_TEST_GITEA'];
  if (known !== undefined) return known === '' ? undefined : known;
  const { cacheDir } = loadConfig({ env: { ...process.env, PHASEWRIGHT_HOME: temporaryFolder() } });
  return cachedGitea(cacheDir);
}

export function testGitea(): string {
  const folder = knownGitea();
  if (folder === undefined) throw new Error('Gitea is not built: start the tests with npm run test:gitea.');
  return folder;
}
