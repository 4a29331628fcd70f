/** What a host holds, read for people and for retries. Types only. */
import type { WorkspaceRef } from '../../domain/model/project.ts';

export interface InspectionActivities {
  readArtifact(request: {
    readonly artifact: string;
    readonly maxBytes: number;
  }): Promise<{ readonly text: string; readonly truncated: boolean } | null>;
  listArtifacts(request: { readonly prefix: string }): Promise<readonly string[]>;
  /** The last attempt of each task of a phase, by its number, that left anything behind. */
  findAttempts(request: {
    readonly owner: string;
    readonly phase: number;
  }): Promise<{ readonly attempts: Readonly<Record<number, number>> }>;
  diff(request: {
    readonly workspace: WorkspaceRef;
    readonly from: string;
    readonly to: string;
    readonly maxBytes: number;
  }): Promise<{ readonly stat: string; readonly patch: string; readonly truncated: boolean }>;
}
