/** What projects cost a Gitea, counted in its own log: a request more is a decision. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { hostedName, noApprovals, type Rig, startRig } from '../support/rig.ts';
import { describeOnGitea } from './describe-on-gitea.ts';
import { gateOf, hostOf } from './gates.ts';

describeOnGitea('the requests of a project on Gitea', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ codeHost: 'gitea' });
  });
  afterAll(() => rig.close());

  /** Of the worker, without what is the same in each. */
  const asked = (): readonly string[] =>
    hostOf(rig)
      .gitea.requests()
      .filter(({ login }) => login === 'robin')
      .map(({ method, path }) => `${method} ${path.replace(`/api/v1/repos/${hostedName}`, '')}`);
  const isRest = (line: string): boolean => !line.includes(`/${hostedName}.git/`);

  it('are so few for one that nobody has to wait for', async () => {
    const slug = rig.slug('alone');
    const phases = ['Schema', 'API', 'UI'].map((name) => ({ name, tasks: ['One', 'Two'] }));
    const handle = await rig.start(slug, { phases, checks: ['true'], ...noApprovals });
    expect(await handle.result()).toMatchObject({ status: 'done' });

    const rest = asked().filter(isRest);
    const writes = rest.filter((line) => !line.startsWith('GET')).map((line) => line.replace(/\d+/, 'N'));
    const { 'POST /pulls/N/merge': merges = 0, ...others } = Object.fromEntries(
      writes.map((line) => [line, writes.filter((each) => each === line).length]),
    );
    expect(others).toEqual({ 'POST /pulls': 4, 'POST /labels': 1, 'PUT /issues/N/labels': 4 });
    // How often it has to be asked until it has taken a push up, or is ready to merge, is Gitea's business.
    expect(merges).toBeGreaterThanOrEqual(4);
    const waits = /^GET \/(pulls|git\/refs\/pull)\/\d+/;
    expect(rest.filter((line) => !waits.test(line)).length).toBeLessThanOrEqual(64 + 16 * (merges - 4));
  });

  it('are so many per look at a pull request that waits', async () => {
    const slug = rig.slug('waits');
    await rig.start(slug, { phases: [{ name: 'Schema', tasks: ['Add table'] }] });
    const { number } = await gateOf(rig, rig.phase(slug, 1));
    await eventually('the status of the gate', () =>
      asked().some((line) => line.startsWith('POST /statuses/')),
    );
    const from = asked().length;
    const looks = (): readonly number[] =>
      asked().flatMap((line, index) => (index >= from && line === `GET /pulls/${number}` ? [index] : []));
    await eventually('three looks', () => looks().length >= 3);

    const [, second = 0, third = 0] = looks();
    const look = asked().slice(second, third);
    expect(look.length).toBeLessThanOrEqual(7);
    expect(look.filter((line) => !line.startsWith('GET'))).toEqual([]);
  });
});
