/** The published forms of the project file's schema: JSON Schema for editors, and the table of keys for people. */
import { z } from 'zod';
import { projectSchema } from './keys.schema.ts';

export interface ProjectKey {
  /** For example `limits.attempts` or `phases[].tasks[].title`. */
  readonly key: string;
  /** As written in YAML flow style; `(required)` or `(none)` if there is none. */
  readonly default: string;
  readonly meaning: string;
}

interface JsonSchema {
  readonly type?: unknown;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** What `schemas/project.schema.json` holds. */
export function projectJsonSchema(): Readonly<Record<string, unknown>> {
  const { $schema, ...schema } = z.toJSONSchema(projectSchema, { io: 'input' });
  return { $schema, title: 'Phasewright project', description: 'A project file of Phasewright.', ...schema };
}

/** Every key a project file may have, with default and meaning; made from the schema. */
export const projectKeys: readonly ProjectKey[] = rows(projectJsonSchema() as JsonSchema, '');

function rows(schema: JsonSchema, prefix: string): readonly ProjectKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): readonly ProjectKey[] => {
    const key = `${prefix}${name}`;
    const inner = mapOf(field);
    const item = field.items === undefined ? undefined : mapOf(field.items);
    return [
      { key, default: defaultText(schema, name, field), meaning: field.description ?? '' },
      ...(inner === undefined ? [] : rows(inner, `${key}.`)),
      ...(item === undefined ? [] : rows(item, `${key}[].`)),
    ];
  });
}

function mapOf(schema: JsonSchema): JsonSchema | undefined {
  return schema.properties === undefined
    ? schema.anyOf?.find((form) => form.properties !== undefined)
    : schema;
}

function defaultText(parent: JsonSchema, name: string, field: JsonSchema): string {
  if (parent.required?.includes(name) === true) return '(required)';
  if (field.default === undefined || mapOf(field) !== undefined) return '(none)';
  return typeof field.default === 'string' && field.default !== ''
    ? field.default
    : JSON.stringify(field.default);
}
