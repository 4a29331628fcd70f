/** What every setting has. */
import type { z } from 'zod';

export interface Setting {
  readonly flag: string | null;
  readonly variable: string;
  readonly schema: z.ZodType;
  /** Also read from the file that `<variable>_FILE` names; never shown. */
  readonly secret?: true;
  readonly meaning: string;
}
