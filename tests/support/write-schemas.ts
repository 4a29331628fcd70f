/** Writes `schemas/`: run it after a change of a published schema (`node tests/support/write-schemas.ts`). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { statusJsonSchema } from '../../client/status.schema.ts';
import { projectJsonSchema } from '../../domain/project-file/published.schema.ts';

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}project.schema.json`, `${JSON.stringify(projectJsonSchema(), null, 2)}\n`);
writeFileSync(`${folder}status.schema.json`, `${JSON.stringify(statusJsonSchema(), null, 2)}\n`);
