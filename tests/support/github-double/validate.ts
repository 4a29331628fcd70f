/** Holds every request and every answer against GitHub's own description of its API. */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import type { Operation } from './operations.ts';

type Json = Record<string, unknown>;

export interface Described {
  readonly operation: Operation;
  readonly query: URLSearchParams;
  /** Undefined: no body was sent. */
  readonly body: unknown;
}

export interface Validator {
  request(described: Described): readonly string[];
  response(operation: Operation, status: number, body: unknown): readonly string[];
  operationId(operation: Operation): string;
}

/** Statuses that any operation may answer, whether its description names them or not. */
const anywhere = new Set([301, 400, 401, 403, 404, 405, 409, 410, 422, 429, 500, 502, 503]);

export function createValidator(): Validator {
  const file = new URL('./openapi.json', import.meta.url);
  const description = jsonSchema(correct(JSON.parse(readFileSync(file, 'utf8')) as Json)) as Json;
  const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
  addFormats.default(ajv);
  ajv.addFormat('repo.nwo', true);
  ajv.addSchema({ $id: 'github', ...description });
  const compiled = new Map<string, ValidateFunction>();

  const deref = (pointer: readonly string[]): readonly string[] => {
    const reference = (at(description, pointer) as Json | undefined)?.['$ref'];
    return typeof reference === 'string' ? reference.slice(2).split('/') : pointer;
  };
  /** Problems of a value at a place of the description; places without a schema allow everything. */
  const check = (pointer: readonly string[], value: unknown): readonly string[] => {
    if (at(description, pointer) === undefined) return [];
    const $ref = `github#/${pointer.map((key) => encodeURIComponent(key.replace(/~/g, '~0').replace(/\//g, '~1'))).join('/')}`;
    const validate = compiled.get($ref) ?? ajv.compile({ $ref });
    compiled.set($ref, validate);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  const placeOf = (operation: Operation): readonly string[] => {
    const [method = '', path = ''] = operation.split(' ');
    return ['paths', path, method.toLowerCase()];
  };

  function checkQuery(operation: Operation, query: URLSearchParams): readonly string[] {
    const place = [...placeOf(operation), 'parameters'];
    const known = new Map(
      ((at(description, place) ?? []) as readonly unknown[]).map((_, index) => {
        const parameter = deref([...place, String(index)]);
        return [(at(description, parameter) as Json)['name'], [...parameter, 'schema']] as const;
      }),
    );
    return [...query].flatMap(([name, text]) => {
      const schema = known.get(name);
      if (schema === undefined) return [`query: ${name} is not a parameter`];
      const isNumber = (at(description, schema) as Json)['type'] === 'integer';
      return check(schema, isNumber ? Number(text) : text).map((problem) => `query ${name}:${problem}`);
    });
  }

  return {
    request({ operation, query, body }) {
      const place = [...placeOf(operation), 'requestBody', ...json];
      const required =
        (at(description, [...placeOf(operation), 'requestBody']) as Json | undefined)?.['required'] === true;
      const missing = body === undefined && required ? ['request: a body is required'] : [];
      const problems =
        body === undefined ? missing : check(place, body).map((problem) => `request${problem}`);
      return [...checkQuery(operation, query), ...(clearsLabels(operation, body) ? [] : problems)];
    },
    response(operation, status, body) {
      const responses = [...placeOf(operation), 'responses'];
      const described = deref([...responses, String(status)]);
      if (at(description, described) === undefined) {
        if (!anywhere.has(status)) return [`response: status ${status} is not in the description`];
        return check(['components', 'schemas', 'basic-error'], body).map((problem) => `response${problem}`);
      }
      return check([...described, ...json], body).map((problem) => `response${problem}`);
    },
    operationId: (operation) => String((at(description, placeOf(operation)) as Json)['operationId']),
  };
}

/** Where GitHub departs from its own description. */
function correct(description: Json): Json {
  // An installation's account is a user or an enterprise, not both.
  const list = at(description, [
    'paths',
    '/app/installations',
    'get',
    'responses',
    '200',
    ...json,
    'items',
  ]) as Json;
  const account = (list['properties'] as Json)['account'] as Json;
  account['anyOf'] = account['allOf'];
  delete account['allOf'];
  // Of a comment whose line is gone.
  const comment = at(description, ['components', 'schemas', 'pull-request-review-comment']) as Json;
  const properties = comment['properties'] as Readonly<Record<string, Json>>;
  for (const name of ['line', 'position']) Object.assign(properties[name] ?? {}, { nullable: true });
  return description;
}

const json = ['content', 'application/json', 'schema'];

const at = (description: Json, pointer: readonly string[]): unknown =>
  pointer.reduce<unknown>((node, key) => (node as Json | undefined)?.[key], description);

/** GitHub documents that an empty list removes all labels; its description asks for at least one. */
function clearsLabels(operation: Operation, body: unknown): boolean {
  const labels = (body as { readonly labels?: unknown } | undefined)?.labels;
  return (
    operation.startsWith('PUT') &&
    operation.endsWith('/labels') &&
    Array.isArray(labels) &&
    labels.length === 0
  );
}

/** OpenAPI 3.0 as JSON Schema: `nullable` becomes a type. */
function jsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(jsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, jsonSchema(child)]),
  ) as Json;
  if (nullable !== true) return nullable === undefined ? rest : { ...rest };
  const values = rest['enum'];
  if (typeof rest['type'] !== 'string') return { anyOf: [rest, { type: 'null' }] };
  return {
    ...rest,
    type: [rest['type'], 'null'],
    ...(Array.isArray(values) ? { enum: [...(values as unknown[]), null] } : {}),
  };
}
