/** The prompt of one run, built from what the workflow says and kept as an artifact of its attempt. */
import { createHash } from 'node:crypto';
import { buildPrompt } from '../../domain/agents/prompt/prompt.ts';
import type { AttemptKey } from '../../domain/model/git.ts';
import { maxDesignBytes, type PromptRef, type PromptRequest } from '../../domain/model/briefing.ts';
import type { Role } from '../../domain/model/project.ts';
import { attemptPath } from '../../domain/names/git-refs.ts';
import type { Artifacts } from '../artifacts/port.ts';
import { PortError } from '../support/errors.ts';

const maxPromptBytes = 8 * 1024 * 1024;

/** The implementer's files have plain names (`log`), every other role's start with it (`gatekeeper.log`). */
export const agentArtifact = (
  key: AttemptKey,
  role: Role,
  name: 'prompt.md' | 'result.json' | 'log',
): string => `${attemptPath(key)}/${role === 'implementer' ? name : `${role}.${name}`}`;

export type WrittenPrompt = PromptRef & { readonly text: string };

/** Safe to repeat: the same request is the same text at the same place. */
export async function writePrompt(artifacts: Artifacts, request: PromptRequest): Promise<WrittenPrompt> {
  const { key, role, project } = request;
  const design = await loadDesign(artifacts, project.design);
  const { paths } = request.workspace;
  const text = buildPrompt({
    ...request,
    project: { name: project.name, design },
    ...(paths === undefined ? {} : { paths }),
  });
  if (Buffer.byteLength(text) > maxPromptBytes) {
    throw new PortError(
      'InvalidProject',
      `The prompt of the ${role} is over ${maxPromptBytes} bytes; shorten the design document.`,
    );
  }
  const artifact = await artifacts.add(agentArtifact(key, role, 'prompt.md'), text);
  return { artifact, digest: createHash('sha256').update(text, 'utf8').digest('hex'), text };
}

async function loadDesign(artifacts: Artifacts, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const kept = await artifacts.read(id, maxDesignBytes + 1024);
  if (kept !== undefined) return kept.text;
  throw new PortError(
    'Unexpected',
    `The design document '${id}' is not among the artifacts of this host. Copy it there from the host where the project was planned.`,
  );
}
