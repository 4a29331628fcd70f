/**
 * `node tests/support/complete-lockfile.ts`, after any `npm install`: npm leaves optional packages of other platforms out of the
 * lockfile when the registry in use doesn't carry them, and `npm ci` then refuses the lockfile. This adds what is missing:
 * exact version and platform, from the names. npm reads the rest where such a platform installs them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export interface Lockfile {
  packages: Record<string, LockedPackage>;
}

const systems = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'aix',
  'win32',
];
const processors = [
  'arm64',
  'x64',
  'ia32',
  'ppc64',
  'riscv64',
  's390x',
  'loong64',
  'mips64el',
  'wasm32',
  'arm',
];

/** Optional packages that the lockfile names but doesn't hold. */
export function missingOptionals(
  lockfile: Lockfile,
): readonly { readonly name: string; readonly range: string; readonly dev: boolean }[] {
  return Object.values(lockfile.packages).flatMap(({ optionalDependencies = {}, dev = false }) =>
    Object.entries(optionalDependencies)
      .filter(
        ([name]) =>
          !Object.keys(lockfile.packages).some(
            (path) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`),
          ),
      )
      .map(([name, range]) => ({ name, range, dev })),
  );
}

export function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const parts = name === 'fsevents' ? ['darwin'] : name.split(/[-/]/);
  const os = systems.filter((system) => parts.includes(system));
  const cpu = processors.filter((processor) => parts.includes(processor)).slice(0, 1);
  const libc = parts.includes('musl')
    ? ['musl']
    : parts.includes('gnu') && os.includes('linux')
      ? ['glibc']
      : [];
  return {
    ...(os.length > 0 ? { os } : {}),
    ...(cpu.length > 0 ? { cpu } : {}),
    ...(libc.length > 0 ? { libc } : {}),
  };
}

export function complete(lockfile: Lockfile): number {
  const missing = missingOptionals(lockfile);
  for (const { name, range, dev } of missing) {
    lockfile.packages[`node_modules/${name}`] = {
      version: range.replace(/^[^\d]*/, ''),
      ...platformOf(name),
      ...(dev ? { dev } : {}),
      optional: true,
    };
  }
  lockfile.packages = Object.fromEntries(
    Object.entries(lockfile.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  return missing.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = new URL('../../package-lock.json', import.meta.url);
  const lockfile = JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
  const added = complete(lockfile);
  writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
  process.stdout.write(`${added} optional packages of other platforms added.\n`);
}
