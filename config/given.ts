/** The settings that were given, by flags, variables and files: each checked for itself. */
import { readFileSync } from 'node:fs';
import { fileVariable, type GivenSettings, type SettingName, settingNames, settings } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
/** Undefined: not given. */
export type Flags = { readonly [Name in SettingName]?: string | boolean | undefined };

export function readSettings(
  env: Environment,
  flags: Flags,
  problems: string[],
): { readonly given: GivenSettings; readonly wrong: ReadonlySet<SettingName> } {
  const given: Partial<Record<SettingName, unknown>> = {};
  const wrong = new Set<SettingName>();
  const refuse = (name: SettingName, problem: string): void => {
    wrong.add(name);
    problems.push(problem);
  };
  for (const name of settingNames) {
    const { variable, flag, schema } = settings[name];
    const fromFlag = flags[name];
    // An empty variable counts as absent, as in a shell's `VAR= command`.
    const direct = fromFlag ?? nonEmpty(env[variable]);
    const file = direct === undefined ? secretFile(name, env) : undefined;
    const read = file === undefined ? undefined : readSecret(file.path);
    if (read !== undefined && 'problem' in read) {
      refuse(name, `${file?.variable} names a file that cannot be read (${read.problem}).`);
      continue;
    }
    const raw = direct ?? read?.secret;
    if (raw === undefined) continue;
    const result = schema.safeParse(raw);
    if (result.success) given[name] = result.data;
    else {
      const where =
        fromFlag !== undefined
          ? (flag ?? name)
          : file === undefined
            ? variable
            : `The file of ${file.variable}`;
      const texts = [...new Set(result.error.issues.map((issue) => issue.message))];
      refuse(name, `${where} ${texts.join('; ')}.`);
    }
  }
  return { given: given as GivenSettings, wrong };
}

const nonEmpty = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** A secret in a file of its own, as containers and service managers hand them out. */
function secretFile(
  name: SettingName,
  env: Environment,
): { readonly variable: string; readonly path: string } | undefined {
  const variable = fileVariable(name);
  const path = variable === undefined ? undefined : nonEmpty(env[variable]);
  return variable === undefined || path === undefined ? undefined : { variable, path };
}

function readSecret(path: string): { readonly secret: string } | { readonly problem: string } {
  try {
    return { secret: readFileSync(path, 'utf8').trim() };
  } catch (error) {
    // Never the path: somebody may have put the secret itself there.
    return { problem: (error as NodeJS.ErrnoException).code ?? 'no file name' };
  }
}
