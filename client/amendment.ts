/** What of a changed project file `amend` can apply to a running project, and what it can't. Pure. */
import type { AmendMessage } from '../domain/messages/messages.ts';
import type { PhaseView } from '../domain/views/status.ts';

type WrittenPhase = Readonly<Record<string, unknown>>;

export interface Amendment {
  readonly phases: AmendMessage['phases'];
  /** Sentences about what is not applied. */
  readonly notes: readonly string[];
}

/** `written`: the file's `phases`, validated. A phase is the same if it has the same number. */
export function amendmentOf(running: readonly PhaseView[], written: readonly WrittenPhase[]): Amendment {
  const notes: string[] = [];
  const phases: AmendMessage['phases'][number][] = [];
  for (const [index, file] of written.entries()) {
    const number = index + 1;
    const name = String(file['name']);
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
    const tasks = file['tasks'];
    const branch = file['branch'];
    if (!Array.isArray(tasks) && typeof branch !== 'string') continue;
    phases.push({
      phase: number,
      ...(Array.isArray(tasks) ? { tasks: tasks as readonly unknown[] } : {}),
      ...(typeof branch === 'string' && branch !== phase.branch ? { branch } : {}),
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
  const tasks = Array.isArray(file['tasks']) ? (file['tasks'] as readonly unknown[]) : [];
  const titles = tasks.map((task) =>
    typeof task === 'string' ? task : String((task as { title?: unknown } | null)?.title),
  );
  return titles.every((title) => phase.tasks.some((task) => task.title.trim() === title.trim()));
}
