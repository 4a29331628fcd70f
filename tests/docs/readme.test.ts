/** What the pages say can be done, can be done: commands, flags, links, samples. */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { faultsProblem } from '../../activities/support/fault-points.ts';
import { runCli } from '../../client/cli/program.ts';
import { parseAgents } from '../../domain/agents/blueprints.schema.ts';
import { parseFlow } from '../../domain/flow/parse.schema.ts';
import { guard, type MessageName, messageFields } from '../../domain/messages/messages.ts';
import { parseProjectFile, validateProjectInput } from '../../domain/project-file/parse.schema.ts';
import { searchAttributeNames } from '../../domain/names/search-attributes.ts';
import { blocks, blocksOf, pages, root, words } from './pages.ts';

interface Mentioned {
  readonly path: string;
  readonly line: string;
}

/** Every `phasewright …` in a block of commands or between backticks. */
const commands: readonly Mentioned[] = [
  ...blocksOf('sh phasewright').flatMap(({ path, lines }) => lines.map((line) => ({ path, line }))),
  ...pages.flatMap(({ path, text }) =>
    [...text.matchAll(/`(phasewright [a-z][^`]*)`/g)].map(([, line = '']) => ({ path, line })),
  ),
];

const helps = new Map<string, Promise<string>>();

function helpOf(command: string): Promise<string> {
  const known = helps.get(command);
  if (known !== undefined) return known;
  const asked = ask([...command.split(' '), '--help']);
  helps.set(command, asked);
  return asked;
}

async function ask(argv: readonly string[]): Promise<string> {
  let text = '';
  const terminal = { write: (part: string) => void (text += part) };
  await runCli(
    argv,
    { stdin: new PassThrough(), stdout: terminal, stderr: terminal, cwd: root, env: {} },
    '0.0.0',
  );
  return text;
}

it('every block of the pages is of a kind that is tested or drawn', () => {
  const kinds = [
    'sh npm',
    'sh phasewright',
    'sh temporal',
    'sh env',
    'sh',
    'yaml project',
    'yaml agents',
    'yaml flow',
    'mermaid',
  ];

  expect(blocks.length).toBeGreaterThan(15);
  expect(blocks.filter(({ kind }) => !kinds.includes(kind))).toEqual([]);
});

it('every phasewright command that a page names exists, with those flags', async () => {
  expect(commands.length).toBeGreaterThan(40);
  for (const { path, line } of commands) {
    const [, first = '', second = ''] = words(line);
    const command = first === 'pr' ? `${first} ${second}` : first;
    const help = first === 'help' ? 'Usage: phasewright help' : await helpOf(command);

    expect({ path, line, help }).toMatchObject({
      help: expect.stringContaining(`Usage: phasewright ${command}`),
    });
    for (const flag of words(line).filter((word) => word.startsWith('--'))) {
      expect({ path, line, flags: help.match(/--[a-z-]+/g) }).toMatchObject({
        flags: expect.arrayContaining([flag]),
      });
    }
  }
});

it('every npm command that a page names exists', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Record<string, string>;
  };
  const named = [
    ...blocksOf('sh npm').flatMap(({ lines }) => lines),
    ...pages.flatMap(({ text }) =>
      [...text.matchAll(/`(npm (?:run|test)[^`]*)`/g)].map(([, line = '']) => line),
    ),
  ];

  expect(named.length).toBeGreaterThan(8);
  for (const line of named.flatMap((each) => each.split(' && '))) {
    const script = /^npm (?:run (?:-s )?)?([a-z:-]+)/.exec(line)?.[1] ?? '';
    if (script !== 'ci')
      expect({ line, known: Object.keys(scripts) }).toMatchObject({
        known: expect.arrayContaining([script]),
      });
  }
});

describe("the official command's samples", () => {
  const lines = blocksOf('sh temporal').flatMap((block) => block.lines);
  const option = (line: string, name: string): string | undefined =>
    words(line)[words(line).indexOf(name) + 1];
  const withName = lines.filter((line) => / workflow (signal|update execute) /.test(line));

  it('start a project with input that is valid', () => {
    const start = lines.find((line) => line.startsWith('temporal workflow start ')) ?? '';

    expect(option(start, '--type')).toBe('projectWorkflow');
    expect(validateProjectInput(JSON.parse(option(start, '--input') ?? ''))).not.toHaveProperty('problems');
  });

  it('send messages that exist, with payloads that are taken', () => {
    expect(withName).toHaveLength(3);
    for (const line of withName) {
      const name = option(line, '--name') ?? '';
      expect(Object.keys(messageFields)).toContain(name);
      expect(guard(name as MessageName, JSON.parse(option(line, '--input') ?? ''))).toMatchObject({
        ok: true,
      });
    }
  });

  it('register every search attribute', () => {
    const create = lines.find((line) => line.includes('search-attribute create')) ?? '';

    expect([...create.matchAll(/--name (\S+)/g)].map(([, name = '']) => name).toSorted()).toEqual(
      [...searchAttributeNames].toSorted(),
    );
  });
});

describe('samples', () => {
  it.each(blocksOf('yaml project').map((block, index) => [`${block.path} ${index}`, block.lines.join('\n')]))(
    'the project in %s is valid',
    (path, text) => {
      expect(parseProjectFile(text, path)).not.toHaveProperty('problems');
    },
  );

  it.each(blocksOf('yaml agents').map((block) => [block.path, block.lines.join('\n')]))(
    'the agents in %s are valid',
    (path, text) => {
      expect(parseAgents(text, path)).not.toHaveProperty('problems');
    },
  );

  it.each(blocksOf('yaml flow').map((block) => [block.path, block.lines.join('\n')]))(
    'the flow in %s is valid',
    (path, text) => {
      expect(parseFlow(text, path, 'standalone')).not.toHaveProperty('problems');
    },
  );

  it('the faults of the page on tests can be armed', () => {
    const [line = ''] = blocksOf('sh env').flatMap((block) => block.lines);

    expect(faultsProblem(/^PHASEWRIGHT_FAULTS="(.*)"$/.exec(line)?.[1] ?? 'none')).toBeUndefined();
  });
});

describe('links', () => {
  const links = pages
    .flatMap(({ path, text }) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ path, target })),
    )
    .filter(({ target }) => !/^https?:/.test(target));
  const headingsOf = (file: string): readonly string[] =>
    [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );

  it('lead to files and headings that exist', () => {
    expect(links.length).toBeGreaterThan(25);
    for (const { path, target } of links) {
      const [file = '', anchor] = target.split('#');
      const found = file === '' ? join(root, path) : join(root, dirname(path), file);
      expect({ path, target, exists: existsSync(found) }).toMatchObject({ exists: true });
      if (anchor !== undefined)
        expect({ path, target, headings: headingsOf(found) }).toMatchObject({
          headings: expect.arrayContaining([anchor]),
        });
    }
  });

  it('reach every page from the README', () => {
    const reached = new Set<string>(['README.md']);
    for (const path of reached) {
      for (const { target } of links.filter((link) => link.path === path)) {
        const [file = ''] = target.split('#');
        const to = join(dirname(path), file);
        if (pages.some((each) => each.path === to)) reached.add(to);
        if (to === 'docs/decisions/')
          for (const each of pages) if (each.path.startsWith(to)) reached.add(each.path);
      }
    }

    expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});
