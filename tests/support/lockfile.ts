/** What is wrong with a lockfile of npm, one sentence each. */
interface LockedPackage {
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Optional packages that it names but doesn't hold: npm leaves out those of other platforms that the registry in use doesn't carry, and `npm ci` then refuses it. */
export function missingOptionals({ packages }: Lockfile): readonly string[] {
  const paths = Object.keys(packages);
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !paths.some((each) => `/${each}`.endsWith(`/node_modules/${name}`)))
      .map((name) => `'${path}' may need '${name}', which is missing.`),
  );
}

/** Whoever serves such a package, today or later, says what is in it. */
export function withoutIntegrity({ packages }: Lockfile): readonly string[] {
  return Object.entries(packages)
    .filter(([path, { integrity = '' }]) => path !== '' && !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity))
    .map(([path]) => `'${path}' has no SHA-512 of its content.`);
}
