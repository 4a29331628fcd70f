import { describe, expect, it } from '@jest/globals';
import { agentsSnippet, defaultAgents, parseAgents } from '../../../domain/agents/blueprints.schema.ts';
import type { AgentsConfig } from '../../../domain/agents/blueprints.ts';
import { problemLine } from '../../../domain/yaml/problem.ts';

const parse = (text: string, env?: Record<string, string>): AgentsConfig | string => {
  const parsed = parseAgents(text, 'agents.yaml', env === undefined ? {} : { env });
  return 'problems' in parsed ? parsed.problems.map(problemLine).join('\n') : parsed.agents;
};

describe('agents.yaml', () => {
  it('gives every field a value', () => {
    expect(parse('implementer: { engine: command, command: my-agent --fast }')).toEqual({
      source: 'agents.yaml',
      blueprints: {
        implementer: {
          engine: 'command',
          command: { shell: 'my-agent --fast' },
          maxInstances: 1,
          limits: { timeoutMs: null, logBytes: 16 * 1024 * 1024 },
          sandbox: 'none',
          prompt: '',
          env: [],
          set: {},
        },
      },
    });
  });

  it('reads every key of every engine', () => {
    const agents = parse(`
implementer:
  engine: claude-code
  program: /opt/claude
  model: opus
  max_turns: 50
  permission_mode: bypassPermissions
  tools: { allow: [Read], deny: [WebFetch] }
  max_instances: 3
  limits: { timeout: 20m, log_mib: 4 }
  sandbox: none
  prompt: Use tabs.
  env: [MY_KEY]
  set: { MODE: fast }
gatekeeper: { engine: command, argv: [judge, --strict] }
tester: { engine: script, script: [a.yaml, b.yaml], pace_ms: 200 }
`);
    expect(agents).toMatchObject({
      blueprints: {
        implementer: {
          program: '/opt/claude',
          model: 'opus',
          maxTurns: 50,
          permissionMode: 'bypassPermissions',
          tools: { allow: ['Read'], deny: ['WebFetch'] },
          maxInstances: 3,
          limits: { timeoutMs: 1_200_000, logBytes: 4 * 1024 * 1024 },
          prompt: 'Use tabs.',
          env: ['MY_KEY'],
          set: { MODE: 'fast' },
        },
        gatekeeper: { command: ['judge', '--strict'] },
        tester: { scripts: ['a.yaml', 'b.yaml'], paceMs: 200 },
      },
    });
  });

  it('reports every problem at once, each with line and column, and skips nothing', () => {
    expect(
      parse(`implementer:
  engine: claude-code
  max_instances: none
  modle: opus
  limits: { timeout: 20 }
gatekeper: { engine: command, command: x }
tester: { engine: acp }
reviewer: { engine: command }
breakdown: { engine: command, command: x, argv: [x], sandbox: bwrap }
architect: { engine: script }
devops: { engine: command, command: x }
`).toString(),
    ).toMatchInlineSnapshot(`
"agents.yaml:3:18: implementer.max_instances: max_instances is a whole number from 1 to 100.
agents.yaml:5:22: implementer.limits.timeout: A duration is text with units, for example 30m, 4h or 1h30m.
agents.yaml:4:3: implementer.modle: Unknown key 'modle'. Keys here: engine, max_instances, limits, sandbox, prompt, env, set, program, model, max_turns, permission_mode, tools.
agents.yaml:6:1: gatekeper: There is no role 'gatekeper'. Roles: implementer, gatekeeper, tester, reviewer, breakdown, architect. Did you mean 'gatekeeper'?
agents.yaml:7:19: tester.engine: The engine 'acp' is not available in this version. Engines: command, claude-code, script.
agents.yaml:8:11: reviewer: Say what to run, once: 'command: my-agent --flag' (for /bin/sh) or 'argv: [my-agent, --flag]'.
agents.yaml:9:63: breakdown.sandbox: The sandbox 'bwrap' is not available in this version, and nothing runs unconfined by accident: write 'sandbox: none' if the agent may run with the rights of the worker's user.
agents.yaml:10:12: architect.script: Name the file with the recorded edits, or a list of such files.
agents.yaml:11:1: devops: The role 'devops' is not available in this version. Roles: implementer, gatekeeper, tester, reviewer, breakdown, architect."
`);
  });

  it.each([
    ['', /agents\.yaml/],
    ['[]', /must be a map of roles/],
    ['implementer: claude', /needs an 'engine'/],
    ['implementer: { engine: 3 }', /engine must be text/],
    ['implementer: { engine: claude }', /There is no engine 'claude'.*Engines: command, claude-code, script/],
    ['implementer: { engine: anthropic }', /not available in this version/],
    ['implementer: { engine: external }', /not available in this version/],
    ['implementer: { engine: command, command: x, model: opus }', /Unknown key 'model'/],
    ['implementer: { engine: command, command: x, env: [A B] }', /not the name of a variable/],
    [
      'implementer: { engine: command, command: x, set: { PHASEWRIGHT_ROLE: x } }',
      /set by Phasewright itself/,
    ],
    ['implementer: { engine: command, argv: [] }', /first argument is the program/],
    [
      'implementer: { engine: command, command: x, sandbox: { network: none } }',
      /Sandbox settings are not available/,
    ],
  ])('refuses %s', (text, message) => {
    expect(parse(text)).toMatch(message);
  });

  it('misses variables that it names and nobody set, where the environment is known', () => {
    const text = 'implementer: { engine: command, command: x, env: [MY_KEY, OTHER] }';
    expect(parse(text)).toHaveProperty('blueprints');
    expect(parse(text, { MY_KEY: '1' })).toBe(
      "agents.yaml:1:59: implementer.env[1]: OTHER is not set in the worker's environment: set it, or remove the name.",
    );
  });
});

describe('without agents.yaml', () => {
  it('Claude Code works as implementer and gatekeeper, if it is there', () => {
    expect(Object.keys(defaultAgents({ claudeOnPath: true }).blueprints)).toEqual([
      'implementer',
      'gatekeeper',
    ]);
    expect(defaultAgents({ claudeOnPath: true }).blueprints.implementer?.engine).toBe('claude-code');
    expect(defaultAgents({ claudeOnPath: false }).blueprints).toEqual({});
  });

  it('the snippet we offer is a valid file', () => {
    expect(parse(agentsSnippet())).toMatchObject({
      blueprints: { implementer: { engine: 'claude-code' }, gatekeeper: { engine: 'claude-code' } },
    });
  });
});
