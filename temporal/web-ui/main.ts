/**
 * The guard as a process of its own, so that the Web UI lives as long as the server it belongs to: whoever started both may end
 * and leave them. Says `listening` once it does, and ends by itself when that server is gone.
 */
import { parseArgs } from 'node:util';
import { isAlive } from '../../activities/support/process-table.ts';
import { guardWebUi } from './guard.ts';

const { values } = parseArgs({
  options: {
    'server-pid': { type: 'string' },
    'server-started': { type: 'string' },
    'target-host': { type: 'string' },
    'target-port': { type: 'string' },
    port: { type: 'string' },
  },
});
const server = { pid: Number(values['server-pid']), startedAt: values['server-started'] ?? '' };

await guardWebUi({
  target: { host: values['target-host'] ?? '', port: Number(values['target-port']) },
  port: Number(values.port),
});
process.stdout.write('listening\n');
setInterval(() => {
  if (!isAlive(server)) process.exit();
}, 1_000);
