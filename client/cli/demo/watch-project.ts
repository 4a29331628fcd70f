/** The demo's eyes and hands while its project runs: every change is told, every gate is answered by a public command. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PhasewrightError } from '../../errors.ts';
import type { PhasewrightClient } from '../../phasewright-client.ts';
import type { ProjectStatus } from '../../status-view.ts';
import { type ProgramEnvironment, runProgram } from '../processes.ts';
import { answerTo, commandLine } from './person.ts';
import { SLUG, type Stage } from './stage.ts';
import { type StoryLine, tell } from './story.ts';

const LOOK_EVERY_MS = 150;
/** Recorded edits take seconds; longer without any change means that something hangs. */
const GIVE_UP_AFTER_MS = 180_000;

/** Something isn't as it should be; the message says what. */
class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}

export interface Stagehand {
  readonly say: (line: string) => void;
  /** Without the time. */
  readonly write: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Scene {
  readonly env: ProgramEnvironment;
  readonly hand: Stagehand;
}

/** A public command, as a person would type it: echoed, with its output. Throws if it fails. */
export async function command(args: readonly string[], { env, hand }: Scene): Promise<void> {
  const { say, write, signal } = hand;
  say(`$ ${commandLine(args)}`);
  const ran = await runProgram('client/cli/main', args, {
    env,
    signal,
    onLine: (line) => write(line === '' ? '' : `          ${line}`),
  });
  if (ran.exitCode !== 0)
    throw new DemoFailed(`'${commandLine(args)}' ended with exit code ${ran.exitCode}.`);
}

/** Tells every change and answers every gate until the project has ended. */
export async function watchProject(
  phasewright: PhasewrightClient,
  scene: Scene & { readonly stage: Stage },
): Promise<ProjectStatus> {
  const { hand, stage } = scene;
  const answered = new Set<string>();
  let before: ProjectStatus | null = null;
  for (let changedAt = Date.now(), saidAt = changedAt; ; ) {
    hand.signal.throwIfAborted();
    const now = await lookAgain(phasewright, hand.signal);
    const lines = tell(before, now);
    for (const line of lines) {
      await tellFeedback(line, stage, hand);
      hand.say(line.text);
    }
    if (lines.length > 0) changedAt = saidAt = Date.now();
    before = now;
    // Done is said before the clean-up; the end comes after it.
    if (now.condition === 'done' && now.endedAt !== null) return now;
    if (now.condition === 'failed' || now.condition === 'cancelled')
      throw new DemoFailed(
        `the project is ${now.condition}: ${now.waitingFor ?? 'no reason given'}. The worker's log: ${stage.workerLog}`,
      );

    const verdict = answerTo(now, answered);
    if (verdict !== undefined) {
      answered.add(verdict.gateId);
      hand.say(`A person ${verdict.action === 'approve' ? 'approves' : 'rejects'} gate ${verdict.gateId}:`);
      await command(verdict.args, scene);
      changedAt = saidAt = Date.now();
      continue;
    }
    if (Date.now() - changedAt > GIVE_UP_AFTER_MS)
      throw new DemoFailed(
        `nothing changed for ${GIVE_UP_AFTER_MS / 1000} s. The worker's log: ${stage.workerLog}`,
      );
    if (Date.now() - saidAt > 2_000) {
      hand.say('… still at work');
      saidAt = Date.now();
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: hand.signal });
  }
}

/** A busy machine may leave a question unanswered once; it is asked again. */
async function lookAgain(phasewright: PhasewrightClient, signal: AbortSignal): Promise<ProjectStatus> {
  for (let tries = 1; ; tries += 1) {
    try {
      const status = await phasewright.status(SLUG);
      if (status.kind === 'project' && status.source === 'live') return status;
      if (tries >= 20) throw new DemoFailed(`no worker answers for '${SLUG}'.`);
    } catch (error) {
      const passing =
        error instanceof PhasewrightError &&
        (error.code === 'NoWorker' || error.code === 'ServerUnavailable');
      if (tries >= 20 || !passing) throw error;
    }
    await sleep(500, undefined, { signal });
  }
}

/** Why there is another attempt: what the gatekeeper wrote about the one before, from the artifacts of that attempt. */
async function tellFeedback({ retried }: StoryLine, { dataDir }: Stage, { say }: Stagehand): Promise<void> {
  if (retried === undefined) return;
  const { phase, task, attempt } = retried;
  const artifact = join(
    dataDir,
    'artifacts',
    SLUG,
    String(phase),
    String(task),
    String(attempt - 1),
    'gatekeeper.result.json',
  );
  const text = await readFile(artifact, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const { result } = JSON.parse(text) as {
    readonly result: { readonly decision?: string; readonly comments?: readonly string[] };
  };
  if (result.decision !== 'reject') return;
  say(
    `Task ${phase}.${task}: the gatekeeper rejects attempt ${attempt - 1}. Its feedback goes into the next prompt:`,
  );
  for (const comment of result.comments ?? []) say(`  > ${comment}`);
}
