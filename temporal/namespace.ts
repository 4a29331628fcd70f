/** Keeps closed workflows readable long enough: a finished slug is known by them. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NamespaceIdentity } from '../domain/model/namespace.ts';
import { RETENTION_DAYS } from '../domain/names/search-attributes.ts';
import type { Services } from './search-attributes.ts';

const seconds = RETENTION_DAYS * 86_400;

/** Waits until the namespace exists: the embedded server answers a moment before it has made it. */
export async function waitForNamespace(
  services: Services,
  namespace: string,
  withinMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      await services.workflowService.describeNamespace({ namespace });
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}

/** Which namespace this is, whatever address its server is reached at. */
export async function identifyNamespace(services: Services, name: string): Promise<NamespaceIdentity> {
  const { namespaceInfo } = await services.workflowService.describeNamespace({ namespace: name });
  if (namespaceInfo?.id) return { id: namespaceInfo.id, name };
  throw new Error(`The Temporal server does not say which id its namespace '${name}' has.`);
}

/** Raises the retention to 90 days; a longer one stays. Safe to repeat. */
export async function ensureRetention(services: Services, namespace: string): Promise<void> {
  const { config } = await services.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return;
  await services.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
  });
}
