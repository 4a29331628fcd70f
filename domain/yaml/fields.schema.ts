/** The kinds of fields that files of ours have, each with errors that say what to write instead. */
import { z } from 'zod';
import { parseDuration } from '../text/duration.ts';
import { didYouMean } from './problem.ts';

export const text = (what: string, max: number) =>
  z
    .string({
      error: (issue) =>
        issue.input === undefined ? `${what} is missing.` : `${what} must be text; put it in quotes.`,
    })
    .refine((value) => value.trim() !== '', { error: `${what} is empty.` })
    .refine((value) => value.length <= max, { error: `${what} is longer than ${max} characters.` });

export const list = <Item extends z.ZodType>(item: Item, what: string, max: number) =>
  z
    .array(item, {
      error: (issue) =>
        issue.input === undefined ? `The list of ${what} is missing.` : `This must be a list of ${what}.`,
    })
    .max(max, { error: `At most ${max} ${what} can be listed here.` });

export const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, {
    error: (issue) =>
      `Write ${values.join(' or ')}.${typeof issue.input === 'string' ? didYouMean(issue.input, values) : ''}`,
  });

/** Text in the file, milliseconds in the plan. */
export const duration = z
  .string({ error: 'A duration is text with units, for example 30m, 4h or 1h30m.' })
  .transform((value, context) => {
    const parsed = parseDuration(value);
    const problem =
      'problem' in parsed
        ? parsed.problem
        : parsed.ms === 0
          ? 'A duration must be longer than zero.'
          : undefined;
    if ('ms' in parsed && problem === undefined) return parsed.ms;
    context.addIssue({ code: 'custom', message: problem ?? '' });
    return z.NEVER;
  });

export const checked = (schema: z.ZodString, problem: (value: string) => string | undefined) =>
  schema.superRefine((value, context) => {
    const found = problem(value);
    if (found !== undefined) context.addIssue({ code: 'custom', message: found });
  });
export const plainText = (what: string) =>
  z.string({
    error: (issue) => (issue.input === undefined ? `${what} is missing.` : `${what} must be text.`),
  });
