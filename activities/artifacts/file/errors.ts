/** What the artifact store refuses, in sentences. */
import { escapeControls } from '../../../domain/text/escape.ts';
import { PortError } from '../../support/errors.ts';

export const invalidId = (id: string): PortError =>
  new PortError(
    'InvalidMessage',
    `'${escapeControls(id.slice(0, 200))}' is not the id of an artifact. Ids look like '<project>/<phase>/<task>/<attempt>/<name>', with letters, digits, '.', '_' and '-' in each part.`,
  );

export const leadsOut = (id: string, path: string): PortError =>
  new PortError(
    'InvalidMessage',
    `The artifact '${escapeControls(id)}' is reached through a link at ${escapeControls(path)}, which is not followed. Remove the link.`,
  );
