/** Keeps closed workflows readable long enough: a finished slug is known by them. */
import { setTimeout as sleep } from 'node:timers/promises';
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

/** Raises the retention to 90 days; a longer one stays. Safe to repeat. */
export async function ensureRetention(services: Services, namespace: string): Promise<void> {
  const { config } = await services.workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return;
  await services.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
  });
}
