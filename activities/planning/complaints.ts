/** What stands between an input and its plan, gathered so that a person hears all of it at once. */
import type { FailureCode } from '../../domain/failure.ts';
import { problemsText } from '../../domain/yaml/problem.ts';
import { PortError } from '../support/errors.ts';

export interface Complaint {
  readonly code: FailureCode;
  /** One line, with file, line and column where there is a file. */
  readonly line: string;
}

const mostProblems = 500;

/** Throws if there is anything to complain about. */
export function refuse(what: string, complaints: readonly Complaint[]): void {
  if (complaints.length > 0) throw refusal(what, complaints);
}

/** Under the complaints' own code if they share one, else as `InvalidProject`. */
export function refusal(what: string, complaints: readonly Complaint[]): PortError {
  const codes = new Set(complaints.map(({ code }) => code));
  const [only = 'InvalidProject'] = codes;
  const lines = complaints.map(({ line }) => line);
  const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`;
  return new PortError(
    codes.size === 1 ? only : 'InvalidProject',
    problemsText(`${what} cannot start; it has ${count}:`, lines),
    {
      problems: lines.slice(0, mostProblems),
    },
  );
}
