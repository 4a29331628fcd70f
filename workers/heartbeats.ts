/**
 * Every activity heartbeats each second while it runs, so that a lost worker is noticed in seconds and a cancelled activity
 * hears of it. Work that hangs is bounded by its start-to-close timeout. The common fault points live here too.
 */
import type { Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import { surfaceErrors } from '../activities/support/errors.ts';
import { faultPoint } from '../activities/support/fault-points.ts';

/** These say what they are doing with each of their own heartbeats. */
const beatThemselves = new Set(['runAgent', 'runSetup', 'runChecks']);

export function heartbeats(context: Context): ActivityInterceptors {
  const { activityType } = context.info;
  return {
    inbound: {
      async execute(input, next) {
        if (beatThemselves.has(activityType)) return next(input);
        return surfaceErrors(async () => {
          let beat = 0;
          const timer = setInterval(() => {
            beat += 1;
            void faultPoint(activityType, 'heartbeat')
              .then(() => context.heartbeat(beat))
              .catch(() => undefined);
          }, 1_000);
          try {
            await faultPoint(activityType, 'before');
            const result: unknown = await next(input);
            await faultPoint(activityType, 'result');
            return result;
          } finally {
            clearInterval(timer);
          }
        });
      },
    },
  };
}
