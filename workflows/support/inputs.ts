/** Inputs that we send ourselves, in case someone starts such a workflow by hand: refused by name, instead of a task that fails for ever. */
import { ApplicationFailure } from '@temporalio/workflow';

/** Shallow: the fields are there and are objects; what we sent ourselves is right below that. */
export function requireOurs(what: string, input: unknown, fields: readonly string[]): void {
  const given =
    typeof input === 'object' && input !== null ? (input as Readonly<Record<string, unknown>>) : {};
  if (given['schema'] !== 1) {
    throw ApplicationFailure.nonRetryable(
      `${what} input has schema ${String(given['schema'])}; this version knows 1. Such a workflow is started by its project, not by hand.`,
      'UnknownSchema',
    );
  }
  const missing = fields.filter((field) => typeof given[field] !== 'object' || given[field] === null);
  if (missing.length === 0) return;
  throw ApplicationFailure.nonRetryable(
    `${what} input lacks ${missing.join(', ')}. Such a workflow is started by its project, not by hand.`,
    'InvalidProject',
  );
}
