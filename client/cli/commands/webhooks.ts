import { PhasewrightError } from '../../errors.ts';
import type { Cli } from '../cli.ts';
import { exitCodes } from '../exit.ts';
import type { Registry } from '../registry.ts';
import { awaitStop } from '../signals.ts';
import { oneLine } from '../text/lines.ts';

interface WebhookFlags {
  readonly listen?: string;
}

export function addWebhooks({ program, run }: Registry): void {
  program
    .command('webhooks')
    .description(
      'hear of changes on the code host at once, by its webhooks, until told to stop (SIGTERM, Ctrl-C)',
    )
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:8234)')
    .action(run((cli, flags: WebhookFlags) => webhooks(cli, flags)));
}

async function webhooks(cli: Cli, { listen }: WebhookFlags): Promise<number> {
  const config = await cli.config({ webhookListen: listen });
  const secret = config.secrets.webhook;
  if (secret === undefined) {
    throw new PhasewrightError(
      'InvalidConfig',
      "Without the webhook's secret anybody could send something: set PHASEWRIGHT_WEBHOOK_SECRET, or PHASEWRIGHT_WEBHOOK_SECRET_FILE, to what the code host's settings of the webhook have as well.",
    );
  }
  const [{ connectForHints }, { createHints }, { startWebhooks }] = await Promise.all([
    import('../../webhooks/connect.ts'),
    import('../../webhooks/hints.ts'),
    import('../../webhooks/service.ts'),
  ]);
  // Also with --json, where nothing else is said: whoever runs a service reads why a delivery was refused.
  const log = (text: string): void => void cli.io.stderr.write(`${oneLine(text, 2_000)}\n`);
  const stop = awaitStop();
  try {
    const client = await connectForHints(config, (line) => cli.say(cli.style.dim(line)));
    try {
      const hints = createHints(client);
      const service = await startWebhooks({ secret, hints, log, listen: config.webhookListen });
      const facts = { ready: true, url: `${service.url}/github`, health: `${service.url}/healthz` };
      cli.print(facts, () => `READY ${JSON.stringify(facts)}\n`);
      cli.say(`\n${await stop.asked}: stopping…`);
      await service.stop();
      return exitCodes.ok;
    } finally {
      await client.connection.close();
    }
  } finally {
    stop.release();
  }
}
