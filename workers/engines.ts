/** Every engine this version has, by the name that agents.yaml uses. */
import { createClaudeCodeEngine } from '../activities/agent/command/claude-code.ts';
import { createCommandEngine } from '../activities/agent/command/index.ts';
import type { ProgramDependencies } from '../activities/agent/program.ts';
import type { Engines } from '../activities/agent/port.ts';
import { createScriptEngine } from '../activities/agent/script/index.ts';

export const createEngines = (dependencies: ProgramDependencies): Engines => ({
  command: createCommandEngine(dependencies),
  'claude-code': createClaudeCodeEngine(dependencies),
  script: createScriptEngine(dependencies),
});
