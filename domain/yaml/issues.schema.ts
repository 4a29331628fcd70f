/** From zod's issues to findings in our words: every key by its name, every value with what to write instead. */
import { z } from 'zod';
import { didYouMean, type Finding, type ProblemPath } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** An object that refuses unknown keys and says which one was probably meant. */
export function strict<const Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code === 'invalid_type')
        return `This must be a map with keys such as ${known.slice(0, 3).join(', ')}.`;
      if (issue.code !== 'unrecognized_keys') return undefined;
      return issue.keys.map((key) => unknownKey(key, known)).join('\n');
    },
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  return `Unknown key '${key.replaceAll('\n', ' ')}'.${guess === '' ? ` Keys here: ${known.join(', ')}.` : guess}`;
}

export function toFindings(issues: readonly Issue[], at: ProblemPath = []): readonly Finding[] {
  return issues.flatMap((issue): readonly Finding[] => {
    const path = [...at, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
    if (issue.code === 'unrecognized_keys') {
      const lines = issue.message.split('\n');
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        message: lines[index] ?? issue.message,
        onKey: true,
      }));
    }
    if (issue.code === 'invalid_union') {
      // The form that was probably meant is the one whose outermost type fits.
      const meant = issue.errors.find(
        (errors) => !errors.some((error) => error.path.length === 0 && error.code === 'invalid_type'),
      );
      return meant === undefined || meant.length === 0
        ? [{ path, message: issue.message }]
        : toFindings(meant, path);
    }
    return [{ path, message: message(issue, path) }];
  });
}

function message(issue: Issue, path: ProblemPath): string {
  if (issue.code === 'invalid_type' && /received undefined$/.test(issue.message)) {
    return `${path.at(-1) === undefined ? 'The content' : `'${String(path.at(-1))}'`} is missing.`;
  }
  return issue.message;
}
