/** A project or standalone task that cannot be started as it is written. */
import { type Problem, problemLine, problemsText } from '../domain/yaml/problem.ts';
import { PhasewrightError } from './errors.ts';

/** With every problem, a line each. */
export const invalidProject = (
  problems: readonly Problem[],
  heading = 'The project has problems:',
): PhasewrightError =>
  new PhasewrightError('InvalidProject', problemsText(heading, problems.map(problemLine)));
