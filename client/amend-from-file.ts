/** Applies what of a changed project file can still be applied to a running project. */
import { amendmentOf } from './amendment.ts';
import type { ClientContext } from './context.ts';
import { PhasewrightError } from './errors.ts';
import type { StartInput } from './start-input.ts';
import { look } from './status.ts';
import { type CommandOptions, type CommandReport, steer } from './steer.ts';

/** `notes` says what can't be applied. */
export async function amendFromFile(
  context: ClientContext,
  slug: string,
  input: StartInput,
  options: CommandOptions,
): Promise<CommandReport & { readonly notes: readonly string[] }> {
  const { status } = await look(context, slug);
  if (status.kind === 'task')
    throw new PhasewrightError(
      'InvalidMessage',
      `'${slug}' is a standalone task; only a project can be amended.`,
    );
  const { phases, notes } = amendmentOf(status.phases, input.phases);
  const carry = input.approval?.carry;
  if (phases.length === 0 && carry === undefined) {
    const why = notes.length === 0 ? '' : ` ${notes.join(' ')}`;
    throw new PhasewrightError(
      'NotWaiting',
      `Nothing to amend in '${slug}': no phase that the file changes is still to start.${why}`,
    );
  }
  return {
    ...(await steer(context, 'amend', slug, {
      ...options,
      phases,
      ...(carry === undefined ? {} : { carry }),
    })),
    notes,
  };
}
