/** What a child hears from its parent: each message as if it had come by its own signal, older ones than the last not at all. */
import { parentToldSignal } from '../messages.ts';
import type { Handler, MessageHandlers } from './message-handlers.ts';
import { reportHandler } from './report-handler.ts';

export function parentHandler(handlers: MessageHandlers): Handler {
  let last = { run: '', sequence: 0 };
  return reportHandler(parentToldSignal, ({ run, sequence, name, payload }) => {
    if (run === last.run && sequence <= last.sequence) return undefined;
    last = { run, sequence };
    return handlers.receive(name, payload);
  });
}
