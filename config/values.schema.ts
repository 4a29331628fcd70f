/** What some settings may be, beside the plain kinds. */
import { z } from 'zod';
import { parseBytes } from '../domain/text/bytes.ts';

/** As `500MiB`; in bytes. */
export const size = z.string().transform((value, context) => {
  const bytes = parseBytes(value);
  if (bytes !== undefined && bytes > 0) return bytes;
  context.addIssue({ code: 'custom', message: `must be a size, e.g. '500MiB' or '2GiB', not '${value}'` });
  return z.NEVER;
});

const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const variableNames = z.string().transform((value, context) => {
  const names = [...new Set(value.split(/[\s,]+/).filter((name) => name !== ''))];
  const wrong = names.find((name) => !variableName.test(name));
  if (wrong === undefined) return names;
  // Perhaps a whole `NAME=value`: the value may be a secret.
  const shown = wrong.includes('=') ? `${wrong.slice(0, wrong.indexOf('='))}=…` : wrong;
  context.addIssue({
    code: 'custom',
    message: `must be names of variables with commas between them, not '${shown}'`,
  });
  return z.NEVER;
});
/** Names of variables that programs of others get. */
export const passedVariables = variableNames.refine(
  (names) => !names.some((name) => name.startsWith('PHASEWRIGHT_')),
  "must not name settings of Phasewright's own: what agents write would see them",
);

/** What says where git works would make it work elsewhere. */
const placesOfGit =
  /^GIT_(DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|NAMESPACE|CEILING_DIRECTORIES|EXEC_PATH|TRACE.*)$/;
export const helperVariables = variableNames.refine(
  (names) => !names.some((name) => placesOfGit.test(name)),
  'may not name a variable that says where git works',
);
/** `Name <address>`. */
export const person = z.string().transform((value, context) => {
  const [, name = '', email = ''] =
    /^([^<>\p{Cc}]*[^<>\s\p{Cc}]) <([^<>\s\p{Cc}]+)>$/u.exec(value.trim()) ?? [];
  if (email !== '') return { name, email };
  context.addIssue({ code: 'custom', message: "must be 'Name <address>', e.g. 'Robot <robot@example.com>'" });
  return z.NEVER;
});
/** With `{subject}` where ours goes. */
export const subject = z
  .string()
  .trim()
  .regex(
    /^[^\p{Cc}]*\{subject\}[^\p{Cc}]*$/u,
    "must be one line that holds '{subject}', e.g. 'OPS-1 {subject}'",
  );
