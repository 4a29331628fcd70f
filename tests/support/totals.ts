/** The last line of a test run, for people and machines: `12 passed, 0 failed`, with `, 2 skipped` if some were. */

interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  /** Files that could not even be loaded: none of their tests is counted as failed. */
  readonly numRuntimeErrorTestSuites: number;
}

/** A run without a report counts as one failure: it must never look green. */
export function totalsLine(report: unknown): string {
  if (typeof report !== 'object' || report === null) return '0 passed, 1 failed';
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } =
    report as JestReport;
  const skipped = numPendingTests + numTodoTests;
  const totals = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`;
  return skipped === 0 ? totals : `${totals}, ${skipped} skipped`;
}
