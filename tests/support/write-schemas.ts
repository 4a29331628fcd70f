/** Writes `schemas/`: run it after a change of the project file's schema (`node tests/support/write-schemas.ts`). */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { projectJsonSchema } from '../../domain/project-docs.schema.ts';

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url));
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}project.schema.json`, `${JSON.stringify(projectJsonSchema(), null, 2)}\n`);
