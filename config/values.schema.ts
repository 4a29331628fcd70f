/** What settings may be. */
import { z } from 'zod';
import { parseBytes } from '../domain/text/bytes.ts';
import { parseDuration } from '../domain/text/duration.ts';

const yes = ['1', 'true', 'yes', 'on'];
const no = ['0', 'false', 'no', 'off'];

/** What people write for a switch in a variable. */
export const toggle = z.union([z.boolean(), z.string()]).transform((value, context) => {
  if (typeof value === 'boolean') return value;
  const word = value.trim().toLowerCase();
  if (yes.includes(word)) return true;
  if (no.includes(word)) return false;
  context.addIssue({
    code: 'custom',
    message: `must be one of ${[...yes, ...no].join(', ')}, not '${value}'`,
  });
  return z.NEVER;
});

export const text = z.string().trim().min(1, 'must not be empty');
/** gRPC target; a scheme is a frequent mistake. */
export const address = text.regex(
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
  "must be host:port, e.g. 'localhost:7233', without 'http://'",
);
export const url = text
  .refine(
    (value) => /^https?:\/\/[^\s/@?#]+(\/[^\s?#]*)?$/i.test(value) && URL.canParse(value),
    'must be an http(s) URL without user name and query',
  )
  .transform((value) => new URL(value).href.replace(/\/+$/, ''));
/** It becomes part of a header or an address. */
export const token = text.regex(
  /^[\x21-\x7e]+$/,
  'must be one word without spaces, line ends or other signs',
);
export const number = text.regex(/^[1-9]\d{0,15}$/, 'must be a whole number from 1');
export const listen = text.regex(
  /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/,
  "must be host:port, e.g. '127.0.0.1:8234'",
);
/** From a second on: a busy loop helps nobody, and the code host counts requests. */
export const interval = text.transform((value, context) => {
  const parsed = parseDuration(value);
  if ('ms' in parsed && parsed.ms >= 1_000 && parsed.ms <= 3_600_000) return parsed.ms;
  context.addIssue({
    code: 'custom',
    message: `must be a duration from 1s to 1h, e.g. '60s', not '${value}'`,
  });
  return z.NEVER;
});

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
