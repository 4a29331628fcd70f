/** What a host holds, read for people. Types only. */
import type { WorkspaceRef } from '../../domain/model/project.ts';

export interface InspectionActivities {
  readArtifact(request: {
    readonly artifact: string;
    readonly maxBytes: number;
  }): Promise<{ readonly text: string; readonly truncated: boolean } | null>;
  listArtifacts(request: { readonly prefix: string }): Promise<readonly string[]>;
  diff(request: {
    readonly workspace: WorkspaceRef;
    readonly from: string;
    readonly to: string;
    readonly maxBytes: number;
  }): Promise<{ readonly stat: string; readonly patch: string; readonly truncated: boolean }>;
}
