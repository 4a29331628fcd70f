/** `phasewright doctor` as people run it, on a real Gitea. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { runProgram } from '../../client/cli/processes.ts';
import type { Diagnostic } from '../../domain/model/diagnostic.ts';
import { type CliPlace, newPlace } from '../client/terminal.ts';
import { type Gitea, type GiteaUser, startGitea } from '../support/gitea/index.ts';
import { describeOnGitea } from './describe-on-gitea.ts';

describeOnGitea('doctor', () => {
  let gitea: Gitea;
  let robin: GiteaUser;
  let place: CliPlace;
  beforeAll(async () => {
    gitea = await startGitea();
    robin = await gitea.addUser('robin', ['write:repository', 'write:issue', 'read:user']);
    place = newPlace();
    await gitea.createRepository('acme/shop', [robin]);
  });
  afterAll(async () => {
    rmSync(place.cwd, { recursive: true, force: true });
    await gitea.stop();
  });

  async function doctor(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const run = await runProgram('client/cli/main', ['doctor', '--json', ...args], {
      env: {
        HOME: place.cwd,
        PATH: process.env['PATH'],
        PHASEWRIGHT_HOME: place.home,
        PHASEWRIGHT_GITEA_URL: gitea.url,
        PHASEWRIGHT_GITEA_TOKEN: robin.token,
        ...more,
      },
    });
    expect(run.stdout + run.stderr).not.toContain(robin.token);
    const findings = JSON.parse(run.stdout) as readonly Diagnostic[];
    return { ...run, of: (what: string) => findings.find((finding) => finding.what === what) };
  }

  it('looks at a repository there, and ends with 1 when something stands in the way', async () => {
    const free = await doctor(['--repository', 'acme/shop']);

    expect([free.of('Gitea')?.state, free.of('Repository')?.state, free.exitCode]).toEqual(['ok', 'ok', 0]);
    await gitea.api('PATCH', '/repos/acme/shop', { has_pull_requests: true, allow_squash_merge: false });
    const squashed = await doctor(['--repository', 'acme/shop', '--merge-method', 'squash']);

    expect([squashed.of('Merging')?.state, squashed.exitCode]).toEqual(['problem', 1]);
  });

  it('looks for the repository where owner/name leads, and at the other host besides', async () => {
    const github = { PHASEWRIGHT_GITHUB_TOKEN: 'x', PHASEWRIGHT_GITHUB_API: 'http://127.0.0.1:9' };
    const { of } = await doctor(['--repository', 'acme/shop'], { ...github, PHASEWRIGHT_CODE_HOST: 'gitea' });

    expect(of('Repository')?.detail).toContain('acme/shop, public');
    expect(of('GitHub credential')?.state).toBe('problem');
  });
});
