/** What may stand in a blueprint, per engine, in the words of agents.yaml. */
import { z } from 'zod';
import { type EngineName, permissionModes } from './blueprints.ts';
import { checked, duration, list, oneOf, plainText, text } from '../yaml/fields.schema.ts';
import { strict } from '../yaml/issues.schema.ts';

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;

const wholeNumber = (what: string, from: number, to: number) => {
  const error = `${what} is a whole number from ${from} to ${to}.`;
  return z.int({ error }).min(from, { error }).max(to, { error });
};

const nameOfVariable = checked(plainText('The name of a variable'), (name) => {
  if (!variableName.test(name))
    return `'${name}' is not the name of a variable: use letters, digits and underscores.`;
  if (name.startsWith('PHASEWRIGHT_')) return `'${name}' is set by Phasewright itself; remove it.`;
  return undefined;
});

const variables = z
  .record(z.string(), plainText('The value of a variable'), {
    error: 'This must be a map of variables to values.',
  })
  .superRefine((values, context) => {
    for (const name of Object.keys(values)) {
      const problem = nameOfVariable.safeParse(name).error?.issues[0]?.message;
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
    }
  });

const sandbox = z.literal('none', {
  error: ({ input }) =>
    `${typeof input === 'string' ? `The sandbox '${input}' is` : 'Sandbox settings are'} not available in this version, and nothing runs unconfined by accident: write 'sandbox: none' if the agent may run with the rights of the worker's user.`,
});

const base = {
  max_instances: wholeNumber('max_instances', 1, 100).default(1),
  limits: strict({
    timeout: duration.optional(),
    log_mib: wholeNumber('log_mib', 1, 1024).default(16),
  }).prefault({}),
  sandbox: sandbox.default('none'),
  prompt: text('The prompt addition', 20_000).default(''),
  env: list(nameOfVariable, 'names of variables', 100).default([]),
  set: variables.default({}),
};
const tools = strict({
  allow: list(text('A tool', 500), 'tools', 200).default([]),
  deny: list(text('A tool', 500), 'tools', 200).default([]),
});

export const shapes = {
  command: strict({
    engine: z.literal('command'),
    ...base,
    command: text('The command', 10_000).optional(),
    argv: list(plainText('An argument'), 'arguments', 200).optional(),
  }).superRefine((entry, context) => {
    const given = [entry.command, entry.argv].filter((part) => part !== undefined).length;
    const message = `Say what to run, once: 'command: my-agent --flag' (for /bin/sh) or 'argv: [my-agent, --flag]'.`;
    if (given !== 1) context.addIssue({ code: 'custom', message });
    if (entry.argv !== undefined && (entry.argv[0] ?? '') === '') {
      context.addIssue({
        code: 'custom',
        path: ['argv'],
        message: 'The first argument is the program; it is missing.',
      });
    }
  }),
  'claude-code': strict({
    engine: z.literal('claude-code'),
    ...base,
    program: text('The program', 1_000).default('claude'),
    model: text('The model', 200).optional(),
    max_turns: wholeNumber('max_turns', 1, 10_000).optional(),
    permission_mode: oneOf(permissionModes).default('acceptEdits'),
    tools: tools.prefault({}),
  }),
  script: strict({
    engine: z.literal('script'),
    ...base,
    script: z.union(
      [
        text('The script', 1_000),
        list(text('A script', 1_000), 'scripts', 100).min(1, 'Name at least one script.'),
      ],
      {
        error: 'Name the file with the recorded edits, or a list of such files.',
      },
    ),
    pace_ms: wholeNumber('pace_ms', 0, 60_000).default(0),
  }),
} satisfies Record<EngineName, z.ZodType>;

export type Shape = { [Name in EngineName]: z.infer<(typeof shapes)[Name]> }[EngineName];
