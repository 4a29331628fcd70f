/** What of a changed project file `amend` can apply to a running project, and what it can't. Pure. */
import type { AmendMessage } from '../domain/messages/messages.ts';
import type { PhaseView } from '../domain/views/status.ts';
import type { StartInput } from './start-input.ts';

type WrittenPhase = StartInput['phases'][number];

export interface Amendment {
  readonly phases: NonNullable<AmendMessage['phases']>;
  /** Sentences about what is not applied. */
  readonly notes: readonly string[];
}

/** `written`: the file's `phases`, validated. A phase is the same if it has the same number. */
export function amendmentOf(running: readonly PhaseView[], written: readonly WrittenPhase[]): Amendment {
  const notes: string[] = [];
  const phases: Amendment['phases'][number][] = [];
  for (const [index, file] of written.entries()) {
    const number = index + 1;
    const { name, tasks, branch } = file;
    const phase = running.find((each) => each.number === number);
    if (phase === undefined) {
      notes.push(`Phase ${number} '${name}' is new; phases can't be added to a running project.`);
      continue;
    }
    if (phase.name !== name) notes.push(`Phase ${number} stays '${phase.name}' (the file says '${name}').`);
    if (phase.status !== 'pending') {
      if (!sameTitles(phase, file))
        notes.push(
          `Phase ${number} '${phase.name}' has started (${phase.status}); its tasks stay as they are.`,
        );
      continue;
    }
    if (tasks === undefined && branch === undefined) continue;
    phases.push({
      phase: number,
      ...(tasks === undefined ? {} : { tasks }),
      ...(branch === undefined || branch === phase.branch ? {} : { branch }),
    });
  }
  for (const phase of running.slice(written.length)) {
    notes.push(
      `Phase ${phase.number} '${phase.name}' is missing in the file and stays; 'phasewright skip' leaves it out.`,
    );
  }
  return { phases, notes };
}

function sameTitles(phase: PhaseView, file: WrittenPhase): boolean {
  const titles = (file.tasks ?? []).map((task) => (typeof task === 'string' ? task : task.title));
  return titles.every((title) => phase.tasks.some((task) => task.title.trim() === title.trim()));
}
