/** Plays the actions of one recorded entry in a worktree, with a line in the log for each. */
import { appendFile, chmod, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../../domain/text/duration.ts';
import type { RunRequest, RunResult } from '../../support/process.ts';
import { ScriptError } from './errors.ts';
import type { Action } from './script.schema.ts';

export interface Stage {
  readonly worktree: string;
  readonly paceMs: number;
  /** Aborts at the deadline and on cancellation. */
  readonly signal: AbortSignal;
  say(line: string): void;
  run(command: RunRequest['command']): Promise<RunResult>;
}

export async function play(actions: readonly Action[], stage: Stage): Promise<void> {
  for (const action of actions) {
    if (stage.paceMs > 0) await sleep(stage.paceMs, undefined, { signal: stage.signal });
    stage.signal.throwIfAborted();
    await playOne(action, stage);
  }
}

async function playOne(action: Action, stage: Stage): Promise<void> {
  switch (action.name) {
    case 'write': {
      const file = await placeOf(stage, action.value.path);
      stage.say(`write ${action.value.path}`);
      await writeFile(file, action.value.content);
      if (action.value.executable) await chmod(file, 0o755);
      return;
    }
    case 'append':
      stage.say(`append to ${action.value.path}`);
      return appendFile(await placeOf(stage, action.value.path), action.value.content);
    case 'replace': {
      const { path, find, with: replacement } = action.value;
      stage.say(`replace in ${path}`);
      const file = await placeOf(stage, path);
      const before = await readFile(file, 'utf8').catch(() => {
        throw new ScriptError(`could not replace in ${path}: there is no such file`);
      });
      if (!before.includes(find))
        throw new ScriptError(`could not replace in ${path}: it does not contain '${find.slice(0, 200)}'`);
      return writeFile(
        file,
        before.replace(find, () => replacement),
      );
    }
    case 'delete':
      stage.say(`delete ${action.value}`);
      return rm(await placeOf(stage, action.value), { recursive: true, force: true });
    case 'run':
      stage.say(`$ ${action.value}`);
      return expectSuccess(await stage.run({ shell: action.value }), action.value);
    case 'commit':
      stage.say(`commit: ${action.value.split('\n')[0]}`);
      expectSuccess(await stage.run(['git', 'add', '--all']), 'git add');
      return expectSuccess(
        await stage.run(['git', ...author, 'commit', '--quiet', '--allow-empty', '-m', action.value]),
        'git commit',
      );
    case 'sleep':
      stage.say(`… ${formatDuration(action.value)}`);
      return sleep(action.value, undefined, { signal: stage.signal });
    case 'think':
      return stage.say(`(thinking) ${action.value}`);
    case 'say':
      return stage.say(action.value);
  }
}

const author = [
  '-c',
  'user.name=Script Agent',
  '-c',
  'user.email=script@phasewright.invalid',
  '-c',
  'commit.gpgsign=false',
  '-c',
  'core.hooksPath=/dev/null',
];

function expectSuccess(run: RunResult, what: string): void {
  if (run.exitCode === 0 || run.cancelled || run.timedOut) return;
  throw new ScriptError(
    `recorded a command that failed: '${what.slice(0, 200)}' ended with ${run.exitCode ?? run.signal}`,
  );
}

/** Inside the worktree, after links as well; its folders exist afterwards. */
async function placeOf({ worktree }: Stage, path: string): Promise<string> {
  const file = join(worktree, path);
  await mkdir(dirname(file), { recursive: true });
  const inside = relative(await realpath(worktree), await realpath(dirname(file)));
  if (inside.startsWith('..'))
    throw new ScriptError(`would write outside the worktree: ${path} leads through a link`);
  return file;
}
