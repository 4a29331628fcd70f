/** Sentences that people read end with one full stop: in the code as written, and with what other systems say put in. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, RetryState } from '@temporalio/common';
import { asPhasewrightError } from '../../client/error-translation.ts';
import { packageRoot } from '../../temporal/package-root.ts';

const root = packageRoot();
const sources = ['client', 'temporal', 'config'].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ file: `${room}/${name}`, text: readFileSync(join(root, room, name), 'utf8') })),
);
const written = String.raw`('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|\`(?:[^\`\\]|\\.)*\`)`;
const thrown = new RegExp(
  String.raw`new (?:PhasewrightError|PortError|UsageError|InvalidArgumentError)\(\s*(?:'\w+',\s*|\w+,\s*)?${written}\s*[,)]`,
  'g',
);
/** Words of another system, with a full stop of ours behind that may be its second. */
const doubled = /\$\{[^}`]*\b(?:message|details|stderr|stdout)\b[^}`]*\}\./g;

describe('in the code', () => {
  it('every error ends with a full stop, or with text that was handed to it', () => {
    const messages = sources.flatMap(({ file, text }) =>
      [...text.matchAll(thrown)].map(([, literal = '']) => ({ file, message: literal.slice(1, -1) })),
    );
    // A code alone: its message is made elsewhere.
    const sentences = messages.filter(({ message }) => !/^\w+$/.test(message));

    expect(sentences.length).toBeGreaterThan(50);
    expect(sentences.filter(({ message }) => !/([.!?]|\})$/.test(message))).toEqual([]);
  });

  it('no full stop follows what another system said', () => {
    const found = sources.flatMap(({ file, text }) =>
      [...text.matchAll(doubled)].map(([all]) => `${file}: ${all}`),
    );

    expect(found).toEqual([]);
  });
});

describe('with what Temporal says put in', () => {
  const codes = { cancelled: 1, invalid: 3, missing: 5, denied: 7, failed: 9, unavailable: 14, other: 13 };
  const grpc = (code: number, details: string): Error =>
    Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
  const failed = (message: string): Error =>
    new WorkflowFailedError(
      'Workflow execution failed',
      ApplicationFailure.create({ type: 'Strange', message }),
      RetryState.MAXIMUM_ATTEMPTS_REACHED,
    );
  const said = ['search attribute is not registered', 'namespace is gone.', 'no poller seen'];
  const errors = said.flatMap((words) => [
    ...Object.values(codes).map((code) => grpc(code, words)),
    new Error(words),
    failed(words),
  ]);

  it.each(errors.map((error) => [error.message, error] as const))('%s', (_, error) => {
    const { message } = asPhasewrightError(error, { doing: "approve 'shop'", address: 'localhost:7233' });

    expect(message).toMatch(/[^.]\.$/);
    expect(message).not.toMatch(/\.\.|\. \.|\.\)/);
  });
});
