/** Agents that can't be had, for a limit or want of a login: no attempt is used up, and the work goes on when they can. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { landedTasks } from '../support/aftermath.ts';
import { noApprovals, type ProjectStatusView, type Rig, startRig } from '../support/rig.ts';

/** Claude Code's JSON. What a role says instead of working lies in a file `away-<role>`; IN_A_MOMENT is a time that comes soon. */
const program = `#!/bin/sh
if test "$1" = --help; then echo --json-schema; exit 0; fi
cat > /dev/null
echo x >> "$HOME/ran-$PHASEWRIGHT_ROLE"
say() { printf '{"type":"result","subtype":"success","is_error":%s,"num_turns":1,"result":"%s","structured_output":%s,"usage":{"input_tokens":1,"output_tokens":1},"total_cost_usd":0}\\n' "$1" "$2" "$3"; }
if test -e "$HOME/away-$PHASEWRIGHT_ROLE"; then
  say true "$(sed "s/IN_A_MOMENT/$(($(date +%s) + 6))/" "$HOME/away-$PHASEWRIGHT_ROLE")" null; exit 1
fi
case $PHASEWRIGHT_ROLE in
  gatekeeper) say false fine '{"decision":"accept","comments":[]}' ;;
  breakdown) say false fine '{"tasks":[{"title":"One","description":"Do it.","acceptance":[]}]}' ;;
  *) echo "$PHASEWRIGHT_TASK_ID" > made.txt; say false made '{"outcome":"done","summary":"made it"}' ;;
esac
`;

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ worker: 'none' });
  const file = join(rig.home, 'claude-double');
  writeFileSync(file, program, { mode: 0o755 });
  const blueprint = { engine: 'claude-code', program: file };
  const roles = { implementer: blueprint, gatekeeper: blueprint, breakdown: blueprint };
  writeFileSync(join(rig.home, 'agents.yaml'), stringify(roles));
  await rig.startWorker();
});
afterAll(() => rig?.close());

const away = (role: string, words: string | null): void => {
  const file = join(rig.home, `away-${role}`);
  if (words === null) rmSync(file, { force: true });
  else writeFileSync(file, words);
};
afterEach(() => {
  for (const role of ['implementer', 'gatekeeper', 'breakdown']) away(role, null);
});
const runs = (role: string): number => {
  const file = join(rig.home, `ran-${role}`);
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
};
const start = (slug: string, more: Readonly<Record<string, unknown>> = {}) =>
  rig.start(slug, {
    ...noApprovals,
    phases: [{ name: 'One', tasks: ['Do it'] }],
    limits: { attempts: 1 },
    ...more,
  });
const waits = (slug: string, words: RegExp) =>
  rig.until<ProjectStatusView>(rig.project(slug), `to wait for ${String(words)}`, (view) =>
    words.test(view.waitingFor ?? ''),
  );
const answer = (slug: string) =>
  rig.project(slug).executeUpdate('answer', { args: [{ by: 'ann', text: 'Try again.' }] });

describe('an agent that can not be had', () => {
  it('for want of a login asks a person once, and goes on with the answer, in the same attempt', async () => {
    const slug = rig.slug('login');
    const before = runs('implementer');
    away('implementer', 'Not logged in · Please run /login');
    const handle = await start(slug);

    const view = await waits(slug, /was turned away: Not logged in · Please run \/login/);
    expect(view).toMatchObject({ condition: 'waiting' });
    expect(view.waitingFor).toMatch(/No attempt was used up\..*then answer/);
    expect(view.waitingFor).not.toContain('success');
    expect(runs('implementer')).toBe(before + 1);

    away('implementer', null);
    await answer(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ status: 'done', attempts: 1 }]);
    expect(runs('implementer')).toBe(before + 2);
    expect(landedTasks(rig, slug)).toEqual(['1.1']);
  });

  it('until a time that was named goes on then, by itself', async () => {
    const slug = rig.slug('limit');
    away('implementer', 'Claude AI usage limit reached|IN_A_MOMENT');
    const handle = await start(slug);

    const view = await waits(slug, /usage limit reached\. No attempt was used up\. It is tried again at/);
    away('implementer', null);
    expect(view.waitingFor).toMatch(/tried again at \d{4}-\d\d-\d\d \d\d:\d\d UTC by itself/);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ attempts: 1 }]);
  });

  it('as a judge costs its maker no attempt, and an answer makes it try at once', async () => {
    const slug = rig.slug('judge');
    const before = runs('implementer');
    away('gatekeeper', 'Repeated 529 Overloaded errors.');
    const handle = await start(slug);

    await waits(
      slug,
      /The gatekeeper can't work.*It is tried again at .* by itself; an answer makes that now/,
    );
    away('gatekeeper', null);
    await answer(slug);
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(runs('implementer')).toBe(before + 1);
    expect((await rig.status(slug)).phases[0]?.tasks).toMatchObject([{ attempts: 1 }]);
  });

  it('to break a phase down fails the phase with the reason, and a retry goes on', async () => {
    const slug = rig.slug('breakdown');
    away('breakdown', 'Invalid API key · Fix external API key');
    const handle = await start(slug, { phases: [{ name: 'One', breakdown: true }] });
    const view = await rig.until<ProjectStatusView>(
      rig.project(slug),
      'the failure',
      (each) => each.condition === 'failed',
    );
    expect(view.phases[0]).toMatchObject({
      reason: 'agent_unavailable',
      detail: expect.stringMatching(/was turned away: Invalid API key.*then retry/) as unknown,
    });

    away('breakdown', null);
    await rig.project(slug).executeUpdate('retry', { args: [{}] });
    expect(await handle.result()).toMatchObject({ status: 'done' });
    expect(landedTasks(rig, slug)).toEqual(['1.1']);
  });
});
