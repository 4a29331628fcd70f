/** That GitHub answers, how much may still be asked, and whether our clocks agree. */
import { type Diagnostic, ok, warning } from '../../../../domain/model/diagnostic.ts';
import type { Inspector } from './inspector.ts';

export type Headers = Readonly<Record<string, string | number | undefined>>;

/** An App's signature begins half a minute early; a clock that is further off is put right by asking GitHub's. */
const agreeMs = 30_000;

export function answered({ apiUrl, clock, auth }: Inspector, headers: Headers): readonly Diagnostic[] {
  const { 'x-ratelimit-remaining': left, 'x-ratelimit-limit': limit, date } = headers;
  const quota = left === undefined || limit === undefined ? '' : `, ${left} of ${limit} requests left`;
  const behind = Date.parse(String(date)) - clock();
  const off = Math.round(Math.abs(behind) / 1_000);
  const signs = auth.kind === 'app' ? ' The App signs with the time, so each signature costs two tries.' : '';
  return [
    ok('GitHub', `${apiUrl} answers${quota}`),
    ...(Number.isNaN(behind) || Math.abs(behind) <= agreeMs
      ? []
      : [
          warning(
            'Clock',
            `This machine's clock is ${off} s ${behind > 0 ? 'behind' : 'ahead of'} GitHub's.${signs} Let the system set its clock (NTP).`,
          ),
        ]),
  ];
}
