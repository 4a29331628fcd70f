#!/usr/bin/env node
/**
 * Speaks the JSON of Claude Code's command line, for tests. What it does is asked for in the prompt: a line
 * `do: <name>`. STANDIN_RECORD names a file for what it was given; STANDIN_OLD makes it a version without --json-schema.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(
    `Usage: claude [options]\n  -p, --print\n  --output-format <format>\n${process.env.STANDIN_OLD ? '' : '  --json-schema <schema>\n'}`,
  );
  process.exit(0);
}
const prompt = readFileSync(0, 'utf8');
const resultFile = process.env.PHASEWRIGHT_RESULT_FILE ?? '';
if (process.env.STANDIN_RECORD) {
  writeFileSync(
    process.env.STANDIN_RECORD,
    JSON.stringify({ args, prompt, env: process.env, cwd: process.cwd() }),
  );
}

const usage = {
  input_tokens: 100,
  cache_creation_input_tokens: 20,
  cache_read_input_tokens: 3,
  output_tokens: 45,
};
const answer = {
  type: 'result',
  subtype: 'success',
  is_error: false,
  result: 'Added the table.\nAll tests pass.',
  session_id: 'b7a1',
  num_turns: 4,
  duration_ms: 1200,
  total_cost_usd: 0.0421,
  usage,
};
const print = (value) => console.log(JSON.stringify(value));
const decision = { decision: 'accept', comments: ['Well tested.'] };

switch (/^do: (\S+)/m.exec(prompt)?.[1]) {
  case 'edit':
    writeFileSync('table.sql', 'create table deployment;\n');
    print(answer);
    break;
  case 'result-file':
    writeFileSync(
      resultFile,
      JSON.stringify({ outcome: 'blocked', summary: 'Half done.', question: 'Which database?' }),
    );
    print({ ...answer, structured_output: { outcome: 'done', summary: 'not this one' } });
    break;
  case 'structured':
    print({ ...answer, result: 'I would say no.', structured_output: decision });
    break;
  case 'prose-decision':
    print({ ...answer, result: '{"decision": "accept", "comments": []}' });
    break;
  case 'max-turns':
    print({ ...answer, subtype: 'error_max_turns', is_error: false, result: undefined, num_turns: 30 });
    break;
  case 'error-exit-0':
    print({
      ...answer,
      subtype: 'success',
      is_error: true,
      result: 'Prompt is too long',
      structured_output: decision,
    });
    break;
  case 'turned-away':
    print({ ...answer, is_error: true, result: 'Claude AI usage limit reached|1795681301' });
    process.exitCode = 1;
    break;
  case 'not-json':
    console.log('Welcome to Claude Code! Please log in.');
    break;
  case 'warning-first':
    console.log('warning: a newer version is available');
    print(answer);
    break;
  case 'messages':
    print([{ type: 'system', subtype: 'init' }, { type: 'assistant' }, answer]);
    break;
  case 'crash':
    console.error('Error: ENOSPC');
    process.exitCode = 7;
    break;
  case 'answer-and-hang':
    print({ ...answer, structured_output: { outcome: 'done', summary: 'Made the table.' } });
    setInterval(() => undefined, 1000);
    break;
  case 'decide-and-crash':
    print({ ...answer, structured_output: decision });
    process.exitCode = 7;
    break;
  case 'fail-and-hang':
    print({ ...answer, subtype: 'error_max_turns', is_error: true, result: undefined, num_turns: 30 });
    setInterval(() => undefined, 1000);
    break;
  case 'hang':
    setInterval(() => undefined, 1000);
    break;
  default:
    throw new Error('The prompt has no line that says what to do.');
}
