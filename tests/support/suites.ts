/** Which suite a test belongs to: said here and nowhere else. A test belongs to the suite that names the longest path to it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../temporal/package-root.ts';

export const suites = {
  /** `npm test`: units, contracts, acceptance, one project per code host, replay, docs. */
  core: [
    'tests/activities/code-host/contract.test.ts',
    'tests/activities/code-host/github-contract.test.ts',
    'tests/architecture',
    'tests/config',
    'tests/docs',
    'tests/domain',
    'tests/gitea/project.test.ts',
    'tests/github/project.test.ts',
    'tests/replay',
    'tests/support',
    'tests/workers',
    'tests/workflows/acceptance.test.ts',
    'tests/workflows/project.test.ts',
  ],
  /** Adapters on the real thing: git in temporary folders, processes, HTTP to doubles; and the double itself. */
  activities: ['tests/activities', 'tests/support/github-double'],
  /** What a workflow does with people, time and other branches, on a real server. */
  workflows: ['tests/workflows'],
  /** What people do on GitHub, on its double. */
  github: ['tests/github'],
  /** On a real Gitea server, which is built when it isn't in the cache. */
  gitea: ['tests/gitea'],
  /** Killed workers and servers, lost answers, rate limits, agents that misbehave. */
  faults: ['tests/faults'],
  /** Whole products as people use them: the command line, the SDK, servers, the package, the Web UI. */
  'end-to-end': ['tests/client', 'tests/docker', 'tests/end-to-end', 'tests/examples', 'tests/temporal'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type SuiteName = keyof typeof suites;
export const suiteNames = Object.keys(suites) as readonly SuiteName[];
export const isSuiteName = (text: string): text is SuiteName => Object.hasOwn(suites, text);

/** Every test of the repository, by its path from the top. */
export function testFiles(): readonly string[] {
  return readdirSync(join(packageRoot(), 'tests'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => `tests/${path}`)
    .toSorted();
}

/** More than one, or none, is a mistake in the table above. */
export function suitesOf(file: string): readonly SuiteName[] {
  const named = suiteNames.flatMap((suite) =>
    suites[suite]
      .filter((path) => file === path || file.startsWith(`${path}/`))
      .map((path) => ({ suite, path })),
  );
  const longest = Math.max(...named.map(({ path }) => path.length));
  return named.filter(({ path }) => path.length === longest).map(({ suite }) => suite);
}

export const filesOf = (suite: SuiteName): readonly string[] =>
  testFiles().filter((file) => suitesOf(file).includes(suite));
