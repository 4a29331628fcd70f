/** What `claude -p --output-format json` prints: one object of type `result` (or a list of messages that ends with one). */
import type { Usage } from '../../../domain/model/agent-result.ts';
import { endOf, plainOutput } from '../../support/output.ts';
import type { EngineRun } from '../port.ts';
import { claudeUnavailability } from './claude-unavailable.ts';

interface ClaudeResult {
  readonly type: 'result';
  readonly subtype?: unknown;
  readonly is_error?: unknown;
  readonly api_error_status?: unknown;
  readonly result?: unknown;
  readonly errors?: unknown;
  readonly num_turns?: unknown;
  readonly total_cost_usd?: unknown;
  readonly usage?: unknown;
  readonly structured_output?: unknown;
}

/** `ended`: what the exit code alone says. */
export function readClaudeOutput(stdout: string, ended: EngineRun): EngineRun {
  const output = findResult(stdout);
  if (output === undefined && ended.ended === 'timed_out') return ended;
  if (output === undefined) {
    const said = endOf(plainOutput(stdout).trim(), 500);
    const instead = said === '' ? 'printed nothing' : `printed something else: ${said}`;
    return {
      ...ended,
      ended: 'failed',
      summary: '',
      detail: `${ended.detail} and, instead of its JSON result, ${instead}`,
    };
  }
  const text = typeof output.result === 'string' ? output.result : '';
  const subtype = typeof output.subtype === 'string' ? output.subtype : 'no subtype';
  // Once it has said that all is well, a crash or a deadline afterwards changes nothing about that.
  const failed = output.is_error !== false || subtype !== 'success';
  const turns = typeof output.num_turns === 'number' ? ` after ${output.num_turns} turns` : '';
  const said = endOf(plainOutput(text === '' ? errorsOf(output) : text).trim(), 1000);
  // An error of the API has the subtype `success`.
  const reported = subtype === 'success' ? 'an error' : `'${subtype}'`;
  const unavailable =
    output.is_error === true
      ? claudeUnavailability(said, numberOf(output.api_error_status), Date.now())
      : undefined;
  const told = said.replace(/\|\d{10}\b/, '');
  return {
    ...ended,
    ended: failed ? 'failed' : ended.ended === 'completed' ? 'completed' : 'answered',
    detail:
      unavailable !== undefined
        ? `was turned away: ${told}`
        : failed
          ? `${ended.detail} and reported ${reported}${turns}${told === '' ? '' : `: ${told}`}`
          : ended.detail,
    summary: plainOutput(text).trim(),
    // Its JSON, all of which has been said that people can use.
    tail: '',
    ...(unavailable === undefined ? {} : { unavailable }),
    // What a failed run left as structured output is not an answer.
    ...(failed || output.structured_output == null ? {} : { structured: output.structured_output }),
    usage: usageOf(output),
  };
}

/** It has printed its result: nothing but its end is to come. */
export const hasResult = (stdout: string): boolean => findResult(stdout) !== undefined;

function findResult(stdout: string): ClaudeResult | undefined {
  const whole = parse(stdout);
  if (whole !== undefined) return whole;
  // A warning may stand before the object; the object is one line then.
  for (const line of stdout.trimEnd().split('\n').reverse()) {
    const found = parse(line);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(text: string): ClaudeResult | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const messages: readonly unknown[] = Array.isArray(value) ? value : [value];
    return messages.findLast(isResult);
  } catch {
    return undefined;
  }
}

const isResult = (value: unknown): value is ClaudeResult =>
  typeof value === 'object' && value !== null && 'type' in value && value.type === 'result';

const errorsOf = (output: ClaudeResult): string =>
  Array.isArray(output.errors) ? output.errors.filter((error) => typeof error === 'string').join('; ') : '';

const tokens = ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];

function usageOf(output: ClaudeResult): Usage | null {
  const cost = numberOf(output.total_cost_usd);
  if (typeof output.usage !== 'object' || output.usage === null) {
    return cost === undefined ? null : { inputTokens: 0, outputTokens: 0, costUsd: cost };
  }
  const used = output.usage as Readonly<Record<string, unknown>>;
  return {
    inputTokens: tokens.reduce((sum, name) => sum + (numberOf(used[name]) ?? 0), 0),
    outputTokens: numberOf(used['output_tokens']) ?? 0,
    costUsd: cost ?? null,
  };
}

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
