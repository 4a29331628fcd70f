/**
 * Fault points: named places where a test makes a worker die, stop or fail. Always compiled in, off by default.
 * `PHASEWRIGHT_FAULTS="land:effect@2=kill; runAgent:before=throw"` (read once by config/load.ts) arms them: activity name, point, which hit
 * (default 1), what happens.
 */
export const points = ['before', 'effect', 'result', 'heartbeat'] as const;
/** before the effect · effect done, result unknown · result computed, not returned · in the middle of a heartbeat */
export type Point = (typeof points)[number];
type Kind = 'throw' | 'kill' | 'stop' | 'hang';

interface Fault {
  readonly at: string;
  readonly hit: number;
  readonly kind: Kind;
}

let armed: readonly Fault[] = [];
const hits = new Map<string, number>();

/** Throws on a part that isn't a fault, so that a misspelt one never passes as "nothing happened". */
function parseFaults(spec: string): readonly Fault[] {
  return spec
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const match = /^(\w+):(before|effect|result|heartbeat)(?:@(\d+))?=(throw|kill|stop|hang)$/.exec(part);
      if (match === null)
        throw new Error(
          `Not a fault: '${part}'. Write 'activity:point@hit=kind', e.g. 'land:effect@1=kill'.`,
        );
      return { at: `${match[1]}:${match[2]}`, hit: Number(match[3] ?? 1), kind: match[4] as Kind };
    });
}

/** The problem with a `PHASEWRIGHT_FAULTS` value; undefined if it can be armed. */
export function faultsProblem(spec: string): string | undefined {
  try {
    parseFaults(spec);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export function armFaults(spec: string): void {
  armed = parseFaults(spec);
  hits.clear();
}

export async function faultPoint(activity: string, point: Point): Promise<void> {
  if (armed.length === 0) return;
  const at = `${activity}:${point}`;
  const hit = (hits.get(at) ?? 0) + 1;
  hits.set(at, hit);
  const fault = armed.find((candidate) => candidate.at === at && candidate.hit === hit);
  if (fault === undefined) return;
  process.stderr.write(`fault point ${at}@${hit}: ${fault.kind}\n`);
  switch (fault.kind) {
    case 'throw':
      throw new Error(`Fault injected at ${at}`);
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      break;
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      break;
    case 'hang':
      await new Promise(() => undefined);
  }
}
