/** Plays the actions of one recorded entry in a worktree, with a line in the log for each. */
import { lstat, realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../../domain/text/duration.ts';
import { readRegular } from '../../support/hostile-file.ts';
import { placeFile } from '../../support/hostile-folder.ts';
import type { RunRequest, RunResult } from '../../support/process.ts';
import { ScriptError } from './errors.ts';
import type { Action } from './script.schema.ts';

export interface Stage {
  readonly worktree: string;
  /** Where files are written before they are put in place. */
  readonly spool: string;
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
      const { path, content, executable } = action.value;
      stage.say(`write ${path}`);
      return put(stage, path, content, executable);
    }
    case 'append': {
      const { path, content } = action.value;
      stage.say(`append to ${path}`);
      return put(stage, path, `${(await textOf(stage, path, 'append to')) ?? ''}${content}`);
    }
    case 'replace': {
      const { path, find, with: replacement } = action.value;
      stage.say(`replace in ${path}`);
      const before = await textOf(stage, path, 'replace in');
      if (before === undefined) throw new ScriptError(`could not replace in ${path}: there is no such file`);
      if (!before.includes(find))
        throw new ScriptError(`could not replace in ${path}: it does not contain '${find.slice(0, 200)}'`);
      return put(
        stage,
        path,
        before.replace(find, () => replacement),
      );
    }
    case 'delete':
      stage.say(`delete ${action.value}`);
      return rm(join(stage.worktree, await placeOf(stage, action.value)), { recursive: true, force: true });
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

/** What a recording may append to or replace in. */
const maxBytes = 64 * 1024 * 1024;

async function textOf(stage: Stage, path: string, doing: string): Promise<string | undefined> {
  const file = await readRegular(stage.worktree, await placeOf(stage, path), { maxBytes });
  if (file.kind === 'refused') throw new ScriptError(`could not ${doing} ${path}: there is ${file.why}`);
  return file.kind === 'absent' ? undefined : file.bytes.toString('utf8');
}

/** A file that was executable stays so. */
async function put(stage: Stage, path: string, content: string, executable = false): Promise<void> {
  const place = await placeOf(stage, path);
  const before = await lstat(join(stage.worktree, place)).catch(() => undefined);
  const kept = before?.isFile() === true ? before.mode & 0o777 : 0o644;
  const mode = executable ? 0o755 : kept;
  const placed = await placeFile(stage.worktree, place, content, { spool: stage.spool, mode });
  if (placed.kind === 'placed') return;
  const why = placed.kind === 'refused' ? `there is ${placed.why}` : 'a folder on its way is none';
  throw new ScriptError(`could not write ${path}: ${why}`);
}

/** The path with the links in its folders followed, as long as they stay in the worktree. */
async function placeOf({ worktree }: Stage, path: string): Promise<string> {
  const root = await realpath(worktree);
  let folder = dirname(join(root, path));
  let rest = basename(path);
  for (;;) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) {
      const inside = relative(root, real);
      if (inside === '..' || inside.startsWith('../'))
        throw new ScriptError(`would write outside the worktree: ${path} leads through a link`);
      return join(inside, rest);
    }
    rest = join(basename(folder), rest);
    folder = dirname(folder);
  }
}
