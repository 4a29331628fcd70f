/** Looks at a result file while its agent works, so that a complete answer counts whatever happens to agent and file afterwards. */
import { readAnswerText } from '../../domain/agents/result.schema.ts';
import type { Role } from '../../domain/model/project.ts';
import type { ResultFile } from './exchange.ts';
import type { EngineRun } from './port.ts';

export interface AnswerWatch {
  /** See `AgentJob`. */
  answered(): Promise<string | undefined>;
  /** What counts after the run: the file as it lies there; of an agent that was cut off while it wrote, its last complete answer. */
  settle(ended: EngineRun['ended']): Promise<ResultFile>;
}

export function watchAnswer(role: Role, readFile: () => Promise<ResultFile>): AnswerWatch {
  let complete: string | undefined;
  const isComplete = (text: string): boolean =>
    text === complete || readAnswerText(role, text).result.kind !== 'unusable';

  return {
    async answered() {
      const file = await readFile();
      if (file.kind !== 'text' || !isComplete(file.text)) return undefined;
      complete = file.text;
      return complete;
    },
    async settle(ended) {
      const file = await readFile();
      const cutOff = ended !== 'completed' && file.kind === 'text' && !isComplete(file.text);
      return cutOff && complete !== undefined ? { kind: 'text', text: complete } : file;
    },
  };
}
