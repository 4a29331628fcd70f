/** Files with recorded edits. Strict: an unknown key or action is an error with its line, never skipped. */
import { z } from 'zod';
import { checked, duration, list, oneOf, plainText, text } from '../../../domain/yaml/fields.schema.ts';
import { strict, toFindings } from '../../../domain/yaml/issues.schema.ts';
import type { Problem } from '../../../domain/yaml/problem.ts';
import { roles } from '../../../domain/model/project.ts';
import { readYaml } from '../../../domain/yaml/source.schema.ts';

const path = checked(plainText('The path'), (value) => {
  const parts = value.split('/');
  if (value === '' || value.startsWith('/') || parts.includes('..') || parts.includes('.git')) {
    return `'${value}' must be a path inside the worktree, without '..' and not in .git; use 'run' for anything else.`;
  }
  return undefined;
});
const content = plainText('The content');
const number = z
  .int({ error: 'Write a whole number from 0 on.' })
  .min(0, { error: 'Write a whole number from 0 on.' });

const actions = {
  write: strict({ path, content, executable: z.boolean({ error: 'Write true or false.' }).default(false) }),
  append: strict({ path, content }),
  replace: strict({ path, find: text('The text to find', 100_000), with: content }),
  delete: path,
  run: text('The command', 20_000),
  commit: text('The commit message', 5_000),
  sleep: duration,
  think: text('The thought', 2_000),
  say: text('What is said', 5_000),
};
export type ActionName = keyof typeof actions;
const actionNames = Object.keys(actions) as ActionName[];
export type Action = {
  [Name in ActionName]: { readonly name: Name; readonly value: z.infer<(typeof actions)[Name]> };
}[ActionName];

/** A map with exactly one key: the action's name. */
const action = strict(
  Object.fromEntries(actionNames.map((name) => [name, actions[name].optional()])) as {
    [Name in ActionName]: z.ZodOptional<(typeof actions)[Name]>;
  },
).transform((value, context): Action => {
  const given = actionNames.filter((name) => value[name] !== undefined);
  const [name] = given;
  if (name === undefined || given.length > 1) {
    context.addIssue({
      code: 'custom',
      message: `Each action is a map with one key of ${actionNames.join(', ')}.`,
    });
    return z.NEVER;
  }
  return { name, value: value[name] } as Action;
});

const entry = strict({
  role: oneOf(roles),
  /** 0 for a standalone task. Left out, these fit any. */
  phase: number.optional(),
  task: number.optional(),
  attempt: number.optional(),
  turn: number.optional(),
  when: strict({ feedback_contains: text('The text', 5_000) }).optional(),
  do: list(action, 'actions', 1_000).default([]),
  /** Written as JSON to the result file, as it is: a wrong one is recorded on purpose. */
  result: z.unknown().optional(),
  /** Written to the result file literally. */
  raw_result: plainText('The result').optional(),
  exit_code: number.max(255, { error: 'An exit code is at most 255.' }).default(0),
}).superRefine((value, context) => {
  if (value.result !== undefined && value.raw_result !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['raw_result'],
      message: `Give either 'result' or 'raw_result'.`,
    });
  }
});

const script = strict({ pace_ms: number.optional(), entries: list(entry, 'entries', 2_000) });

export type ScriptEntry = z.infer<typeof entry>;
export type Script = z.infer<typeof script>;
export type ParsedScript = { readonly script: Script } | { readonly problems: readonly Problem[] };

/** YAML, or JSON, which is YAML as well. */
export function parseScript(source: string, fileName: string): ParsedScript {
  const read = readYaml(source, fileName);
  if ('problems' in read) return read;
  const parsed = script.safeParse(read.source.value);
  if (parsed.success) return { script: parsed.data };
  return { problems: toFindings(parsed.error.issues).map((finding) => read.source.locate(finding)) };
}
