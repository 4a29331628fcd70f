/** Registers what projects are found by, and finds what isn't registered. Needs a server that answers. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import {
  type SearchAttributeName,
  searchAttributeNames,
  searchAttributes,
} from '../domain/names/search-attributes.ts';

/** The part of a connection that is used: a client's and a worker's both have it. */
export type Services = Pick<Connection, 'operatorService' | 'workflowService'>;

/** temporal.api.enums.v1.IndexedValueType */
const indexedValueTypes = { KEYWORD: 2, INT: 3 } as const;

/** Those of ours that the namespace doesn't know. Throws if one is registered with another type: that can't be mended from here. */
export async function missingSearchAttributes(
  services: Services,
  namespace: string,
): Promise<readonly SearchAttributeName[]> {
  const { customAttributes } = await services.operatorService.listSearchAttributes({ namespace });
  const missing: SearchAttributeName[] = [];
  for (const name of searchAttributeNames) {
    const known = customAttributes[name];
    if (known === undefined || known === null) missing.push(name);
    else if (known !== indexedValueTypes[searchAttributes[name]]) {
      throw new Error(
        `Namespace '${namespace}' has a search attribute ${name} of another type than ${searchAttributes[name]}. Use another namespace, or remove it with 'temporal operator search-attribute remove --name ${name}'.`,
      );
    }
  }
  return missing;
}

/**
 * Registers what is missing and returns once the server knows it (its caches take some seconds). Returns what was new.
 * Safe to repeat, also by several processes at once.
 */
export async function ensureSearchAttributes(
  services: Services,
  namespace: string,
  { withinMs = 30_000 }: { readonly withinMs?: number } = {},
): Promise<readonly SearchAttributeName[]> {
  const wanted = await missingSearchAttributes(services, namespace);
  const deadline = Date.now() + withinMs;
  for (
    let missing = wanted;
    missing.length > 0;
    missing = await missingSearchAttributes(services, namespace)
  ) {
    if (Date.now() > deadline) {
      throw new Error(
        `Namespace '${namespace}' still doesn't know ${missing.join(', ')} ${withinMs / 1000} s after they were registered.`,
      );
    }
    await add(services, namespace, missing);
    await sleep(200);
  }
  return wanted;
}

async function add(
  services: Services,
  namespace: string,
  names: readonly SearchAttributeName[],
): Promise<void> {
  try {
    await services.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        names.map((name) => [name, indexedValueTypes[searchAttributes[name]]]),
      ),
    });
  } catch (error) {
    // ALREADY_EXISTS (6): another process was faster, or the server's list lags behind.
    if ((error as { code?: number }).code !== 6) throw error;
  }
}
