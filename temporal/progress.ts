/**
 * Progress of something slow, for people: one line that renews itself on a terminal, a plain line every few seconds
 * elsewhere, so that nobody wonders whether it still runs.
 */

/** Says one line aloud. Where it goes is the caller's business. */
export type Log = (line: string) => void;

export interface ProgressOptions {
  readonly log: Log;
  /** What is going on, as the start of a line. */
  readonly what: string;
  /** How far it is, asked each time a line is shown. */
  readonly detail?: () => string;
  /** A terminal to draw on; without one, lines go to `log`. */
  readonly terminal?: Pick<NodeJS.WriteStream, 'write'> | undefined;
  /** Milliseconds between two lines; default 2,000 (200 on a terminal). */
  readonly everyMs?: number;
}

export interface Progress {
  /** Clears the line; call it once, whatever happened. */
  end(): void;
}

const frames = ['|', '/', '-', '\\'] as const;

export function showProgress({ log, what, detail, terminal, everyMs }: ProgressOptions): Progress {
  const begun = Date.now();
  let frame = 0;
  const line = (): string => {
    const more = detail?.() ?? '';
    return `${what}: ${elapsedText(Date.now() - begun)}${more === '' ? '' : `, ${more}`}`;
  };
  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    if (terminal === undefined) log(line());
    else terminal.write(`\r\u001b[2K${frames[frame]} ${line()}`);
  };
  const timer = setInterval(draw, everyMs ?? (terminal === undefined ? 2_000 : 200));
  return {
    end() {
      clearInterval(timer);
      terminal?.write('\r\u001b[2K');
    },
  };
}

/** `42 s`, `3 min 05 s`. */
export function elapsedText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Standard error, if a person is looking at it. */
export function terminalForProgress(): NodeJS.WriteStream | undefined {
  return process.stderr.isTTY === true ? process.stderr : undefined;
}
