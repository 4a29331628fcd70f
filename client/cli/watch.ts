/** Following a project: redrawn in place on a terminal, a line per change elsewhere, a JSON document per change with --json. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PhasewrightError } from '../errors.ts';
import type { Status } from '../status-view.ts';
import type { Cli } from './cli.ts';
import { type ExitCode, exitCodes } from './exit.ts';
import { changes } from './text/changes.ts';
import { fold, widthOf } from './text/lines.ts';
import { statusText } from './text/status-text.ts';

const EVERY_MS = 1_000;

/** What a status means as an exit code. */
export function standing(status: Status): ExitCode {
  if (status.condition === 'failed' || status.condition === 'cancelled') return exitCodes.failed;
  return needsPerson(status) ? exitCodes.waiting : exitCodes.ok;
}

const needsPerson = (status: Status): boolean =>
  status.condition === 'waiting' || status.gate !== null || status.question !== null;

/** Done: 0; failed for good or cancelled: 1. `untilWaiting` also ends with 3 when a person is needed, and with 1 at a failure that waits for `retry`. */
export async function watch(
  cli: Cli,
  slug: string,
  { untilWaiting }: { readonly untilWaiting: boolean },
): Promise<ExitCode> {
  const client = await cli.client();
  const show =
    cli.globals().json === true
      ? jsonLines(cli)
      : cli.io.stdout.isTTY === true
        ? redrawn(cli)
        : changedLines(cli);
  for (let lost = false; ; await sleep(EVERY_MS)) {
    let status: Status;
    try {
      status = await client.status(slug);
    } catch (error) {
      if (!(error instanceof PhasewrightError) || error.code !== 'ServerUnavailable') throw error;
      if (!lost) cli.say(`${error.message} Trying again…`);
      lost = true;
      continue;
    }
    lost = false;
    show(status);
    if (status.endedAt !== null) return standing(status);
    if (untilWaiting && standing(status) !== exitCodes.ok) return standing(status);
  }
}

type Show = (status: Status) => void;

function jsonLines({ io }: Cli): Show {
  let last = '';
  return (status) => {
    const now = JSON.stringify(status);
    if (now !== last) io.stdout.write(`${now}\n`);
    last = now;
  };
}

function changedLines({ io }: Cli): Show {
  let last: Status | null = null;
  return (status) => {
    const time = new Date().toISOString().slice(11, 19);
    for (const line of changes(last, status)) io.stdout.write(`${time} ${line}\n`);
    last = status;
  };
}

function redrawn({ io, style }: Cli): Show {
  let drawn = 0;
  return (status) => {
    // A terminal that doesn't know its size says 0.
    const columns = io.stdout.columns || 80;
    const lines = statusText(status, { style, now: Date.now() })
      .trimEnd()
      .split('\n')
      .flatMap((line) => fold(line, columns));
    const rows = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    // What is taller than the screen can't be drawn over; it is printed anew.
    const up = drawn > 0 && drawn < (io.stdout.rows || 24) ? `\u001b[${drawn}A\u001b[J` : '';
    io.stdout.write(`${up}${lines.join('\n')}\n`);
    drawn = rows;
  };
}
