/** What an agent is told, as one text. Pure: the same data makes the same prompt. */
import type { PromptRequest } from '../../model/briefing.ts';
import { answerSection } from './answers.ts';
import { roleSection } from './roles.ts';
import { gitSection, planSection, progressSection, tasksSection, workflowSection } from './sections.ts';

export interface PromptData extends Omit<PromptRequest, 'key' | 'workspace' | 'project'> {
  /** `design`: the text itself, null if there is none. */
  readonly project: { readonly name: string; readonly design: string | null };
  /** Folders that are all it gets of the repository. Absent: everything. */
  readonly paths?: readonly string[];
}

/** Role, plan, progress, tasks, git context, git workflow (in this order, on which agents and people may rely), then how to answer. */
export function buildPrompt(data: PromptData): string {
  const sections = [
    roleSection(data.role),
    planSection(data.project, data.phase),
    progressSection(data.completed),
    tasksSection(data.role, data),
    gitSection(data.git, data.paths),
    workflowSection(data.role),
    answerSection(data.role),
  ];
  return `${sections.join('\n\n')}\n`;
}
