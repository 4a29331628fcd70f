/** The design document of a project, read once and kept as an artifact, so that prompts stay the same while it runs. */
import { createHash } from 'node:crypto';
import type { RepositoryRef } from '../../domain/model/project.ts';
import { maxDesignBytes } from '../../domain/model/briefing.ts';
import type { DesignSource, ProjectDraft } from '../../domain/project-file/draft.ts';
import { escapeControls } from '../../domain/text/escape.ts';
import type { Artifacts } from '../artifacts/port.ts';
import type { Git } from '../git/port.ts';
import type { Complaint } from './complaints.ts';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** The text; marked where it was cut. */
export async function readDesign(
  git: Pick<Git, 'readFile'>,
  source: { readonly repository: RepositoryRef; readonly branch: string; readonly sha: string },
  design: DesignSource | null,
): Promise<{ readonly text: string | null } | { readonly complaint: Complaint }> {
  if (design === null) return { text: null };
  if (design.kind === 'text') return { text: design.text };
  const file = await git.readFile(source.repository, source.sha, design.path, maxDesignBytes);
  if (file !== null) {
    return {
      text: file.truncated
        ? `${file.text}\n[cut here: the document is larger than ${maxDesignBytes / 1024} KiB]\n`
        : file.text,
    };
  }
  return {
    complaint: {
      code: 'InvalidProject',
      line: `design: There is no file '${escapeControls(design.path)}' in the repository at ${source.branch} (${source.sha.slice(0, 10)}). Commit it there, or write the design itself in several lines.`,
    },
  };
}

/** Safe to repeat: the id holds the text's digest, so another text never replaces one that a project uses. */
export async function keepDesign(
  artifacts: Artifacts,
  { slug }: Pick<ProjectDraft, 'slug'>,
  text: string | null,
): Promise<string | null> {
  return text === null ? null : artifacts.write(`${slug}/design-${sha256(text).slice(0, 12)}.md`, text);
}
