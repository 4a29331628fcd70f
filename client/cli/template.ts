/** The project file that `init` writes. Pure. */
export interface TemplateFacts {
  readonly name: string;
  readonly setup: string | null;
  readonly checks: string | null;
}

export function projectTemplate({ name, setup, checks }: TemplateFacts): string {
  return `# A project: phases run one after another, the tasks of a phase are done by agents, people approve at gates.
# 'phasewright init --explain' lists every key. Only name, repository and phases are required.
name: ${JSON.stringify(name)}
repository: .                          # a path, a git URL, or owner/name on the code host
phases:
  - name: First phase
    tasks:
      - Say here what is to be done, in a line
      # A task may say more:
      # - title: Add the deployment table
      #   description: Columns, indexes, a migration.
      #   acceptance: ['npm test covers the migration']
  # - name: Second phase
  #   tasks: [...]

${setup === null ? '# setup: [npm ci]                      # prepares a fresh worktree' : `setup: [${word(setup)}]                        # prepares a fresh worktree`}
${checks === null ? '# checks: [npm test]                   # must pass on every candidate; without any, gates say so' : `checks: [${word(checks)}]                     # must pass on every candidate`}

# base: main                           # default: the repository's default branch
# design: docs/design.md               # read from the base commit, part of every prompt
# pull_requests: phase                 # or project: a single pull request at the end
# approval: { phases: required, project: required }
# limits: { agent_timeout: 30m, phase_timeout: 1d, attempts: 3, budget_usd: 20 }
`;
}

const word = (command: string): string => (/^[\w ./-]+$/.test(command) ? command : JSON.stringify(command));
