/**
 * Writes `openapi.json`: GitHub's description of its REST API, cut down to what the double answers. Run it after a
 * change of `operations.ts` (`node tests/support/github-double/prune-openapi.ts`); it asks the npm registry.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { operations } from './operations.ts';

const source = '@octokit/openapi@23.0.2';
const file = 'generated/api.github.com.json';

type Json = Record<string, unknown>;

/** Only these operations and the components they refer to, without prose and examples. */
export function prune(description: Json, wanted: readonly string[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of wanted) {
    const [method = '', path = ''] = operation.split(' ');
    const found = (description['paths'] as Record<string, Json>)[path]?.[method.toLowerCase()] as
      | Json
      | undefined;
    if (found === undefined) throw new Error(`${operation} is not in the description.`);
    const { operationId, parameters, requestBody, responses } = found;
    const kept = strip({ operationId, parameters, requestBody, responses }) as Json;
    (paths[path] ??= {})[method.toLowerCase()] = kept;
  }
  const components: Record<string, Json> = {};
  collect(paths, description, components);
  return { openapi: description['openapi'], paths, components };
}

/** Copies what `node` refers to into `components`, and what that refers to. */
function collect(node: unknown, description: Json, components: Record<string, Json>): void {
  if (typeof node !== 'object' || node === null) return;
  const reference = (node as Json)['$ref'];
  if (typeof reference === 'string') {
    const [, , kind = '', name = ''] = reference.split('/');
    const kinds = (components[kind] ??= {});
    if (name in kinds) return;
    const component = strip((description['components'] as Record<string, Json>)[kind]?.[name]);
    kinds[name] = component;
    collect(component, description, components);
  }
  for (const child of Object.values(node)) collect(child, description, components);
}

const prose = new Set([
  'description',
  'title',
  'example',
  'examples',
  'externalDocs',
  'summary',
  'tags',
  'deprecated',
]);

/** Without prose; a property may be called `description`, which stays. */
function strip(node: unknown, namesAreData = false): unknown {
  if (Array.isArray(node)) return node.map((child) => strip(child));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(
        ([name, child]) =>
          child !== undefined && (namesAreData || !(prose.has(name) || name.startsWith('x-'))),
      )
      .map(([name, child]) => [
        name,
        name === 'enum' || name === 'default' ? child : strip(child, !namesAreData && name === 'properties'),
      ]),
  );
}

function write(): void {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  try {
    execFileSync('npm', ['pack', '--silent', source], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    execFileSync('sh', ['-c', 'tar xzf *.tgz'], { cwd: folder });
    const description = JSON.parse(readFileSync(join(folder, 'package', file), 'utf8')) as Json;
    const pruned = {
      'x-source': `${source} ${file}, MIT licence, pruned`,
      ...prune(description, operations),
    };
    const path = fileURLToPath(new URL('./openapi.json', import.meta.url));
    writeFileSync(path, JSON.stringify(pruned));
    execFileSync('npx', ['biome', 'format', '--write', path], { stdio: ['ignore', 'ignore', 'inherit'] });
    process.stdout.write(
      `${operations.length} operations, ${Math.round(readFileSync(path).length / 1024)} KB\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
