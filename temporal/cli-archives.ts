/**
 * The official archives of the command `temporal`, by platform, with the SHA-256 that each must have. Same version as
 * the Go module in temporal/cli, so that a download and a build give the same server.
 */
export const CLI_VERSION = '1.5.1';

export interface Archive {
  readonly urls: readonly string[];
  /** Hexadecimal. */
  readonly sha256: string;
}

const digests: Readonly<Record<string, string>> = {
  'linux-amd64': 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  'linux-arm64': 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  'darwin-amd64': 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  'darwin-arm64': 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
};

/** Undefined for platforms without an archive of which we know the digest. */
export function officialArchive(
  platform: string = process.platform,
  arch: string = process.arch,
): Archive | undefined {
  const goArch = arch === 'x64' ? 'amd64' : arch;
  const sha256 = digests[`${platform}-${goArch}`];
  if (sha256 === undefined) return undefined;
  return {
    urls: [
      `https://temporal.download/cli/archive/v${CLI_VERSION}?platform=${platform}&arch=${goArch}`,
      `https://github.com/temporalio/cli/releases/download/v${CLI_VERSION}/temporal_cli_${CLI_VERSION}_${platform}_${goArch}.tar.gz`,
    ],
    sha256,
  };
}
