/** Who does the work of each role, as the operator of a worker wrote it in agents.yaml. Every field has a value. */
import type { Role } from '../model/project.ts';

export const engineNames = ['command', 'claude-code', 'script'] as const;
export type EngineName = (typeof engineNames)[number];

interface BlueprintBase {
  /** How many of this role may run at once on one host. */
  readonly maxInstances: number;
  readonly limits: {
    /** Tightens agent_timeout, never widens it; null: agent_timeout alone counts. */
    readonly timeoutMs: number | null;
    readonly logBytes: number;
  };
  /** Only `none` exists: the agent runs with the rights of the worker's user. */
  readonly sandbox: 'none';
  /** Added to the end of every prompt; may be empty. */
  readonly prompt: string;
  /** Names of the worker's variables that the program gets as well. */
  readonly env: readonly string[];
  /** Variables with their values, for the program alone. */
  readonly set: Readonly<Record<string, string>>;
}

export interface CommandBlueprint extends BlueprintBase {
  readonly engine: 'command';
  /** Text for `/bin/sh -c`, or a program with its arguments. */
  readonly command: { readonly shell: string } | readonly [string, ...string[]];
}

export const permissionModes = ['acceptEdits', 'bypassPermissions', 'default', 'plan', 'dontAsk'] as const;

export interface ClaudeCodeBlueprint extends BlueprintBase {
  readonly engine: 'claude-code';
  readonly program: string;
  readonly model: string | null;
  readonly maxTurns: number | null;
  readonly permissionMode: (typeof permissionModes)[number];
  readonly tools: { readonly allow: readonly string[]; readonly deny: readonly string[] };
}

export interface ScriptBlueprint extends BlueprintBase {
  readonly engine: 'script';
  /** Files with recorded edits; the first entry that fits answers. Relative ones count from agents.yaml. */
  readonly scripts: readonly string[];
  /** Pause before each action, in milliseconds. */
  readonly paceMs: number;
}

export type Blueprint = CommandBlueprint | ClaudeCodeBlueprint | ScriptBlueprint;

export interface AgentsConfig {
  /** Where it comes from, for messages: a path, or a sentence. */
  readonly source: string;
  readonly blueprints: Readonly<Partial<Record<Role, Blueprint>>>;
}
