/** That GitHub answers, how much may still be asked, and whether our clocks agree. */
import { type Diagnostic, ok } from '../../../../domain/model/diagnostic.ts';
import { clockOff } from '../../diagnosis.ts';
import type { Inspector } from './inspector.ts';

export type Headers = Readonly<Record<string, string | number | undefined>>;

export function answered({ apiUrl, clock, auth }: Inspector, headers: Headers): readonly Diagnostic[] {
  const { 'x-ratelimit-remaining': left, 'x-ratelimit-limit': limit, date } = headers;
  const quota = left === undefined || limit === undefined ? '' : `, ${left} of ${limit} requests left`;
  const behind = Date.parse(String(date)) - clock();
  const signs = auth.kind === 'app' ? ' The App signs with the time, so each signature costs two tries.' : '';
  return [ok('GitHub', `${apiUrl} answers${quota}`), ...clockOff("GitHub's", behind, signs)];
}
