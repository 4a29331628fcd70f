#!/usr/bin/env node
/** The command of the installed package: runs what `npm run build` makes. */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write(
    `${fileURLToPath(program)} is missing. In a checkout use 'npm run -s phasewright -- …', or build first: npm run build. Elsewhere the installation is incomplete, install it again.\n`,
  );
  process.exitCode = 1;
}
