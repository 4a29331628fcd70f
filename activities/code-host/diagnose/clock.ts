/** Whether this machine and a code host agree on the time. */
import { type Diagnostic, warning } from '../../../domain/model/diagnostic.ts';

/** Signatures begin half a minute early; more than that is worth a word. */
const agreeMs = 30_000;

/** `whose`: the host's, in the genitive; `behind`: milliseconds by which this machine is behind, NaN if that isn't known. */
export function clockOff(whose: string, behind: number, consequence = ''): readonly Diagnostic[] {
  if (Number.isNaN(behind) || Math.abs(behind) <= agreeMs) return [];
  const off = Math.round(Math.abs(behind) / 1_000);
  return [
    warning(
      'Clock',
      `This machine's clock is ${off} s ${behind > 0 ? 'behind' : 'ahead of'} ${whose}.${consequence} Let the system set its clock (NTP).`,
    ),
  ];
}
