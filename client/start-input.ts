/** What a project or a standalone task is started with: the keys of a project file as JSON, with an absolute repository. Types only. */
import type { ProjectInput, StandaloneTaskInput } from '../domain/project-file/keys.schema.ts';

export type StartInput = ProjectInput;
export type TaskInput = StandaloneTaskInput;
