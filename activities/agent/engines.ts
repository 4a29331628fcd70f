/** Every engine this version has, by the name that agents.yaml uses. */
import { createClaudeCodeEngine } from './command/claude-code.ts';
import { type CommandEngineDependencies, createCommandEngine } from './command/index.ts';
import type { Engines } from './port.ts';
import { createScriptEngine } from './script/index.ts';

export const createEngines = (dependencies: CommandEngineDependencies): Engines => ({
  command: createCommandEngine(dependencies),
  'claude-code': createClaudeCodeEngine(dependencies),
  script: createScriptEngine(dependencies),
});
