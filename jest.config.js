/** One real Temporal server for the whole run (tests/support/global-setup.ts); one task queue per file. */
export default {
  testEnvironment: '<rootDir>/tests/support/test-environment.ts',
  // The temporary folder of a run goes with it; what was translated is kept for the next one.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  testMatch: ['<rootDir>/tests/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  setupFilesAfterEnv: ['<rootDir>/tests/support/network-guard.ts'],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  // Ends what hangs, on any machine; nothing is judged by it.
  testTimeout: 900_000,
  maxWorkers: 2,
};
