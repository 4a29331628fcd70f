/** A Jest reporter: after each file, how far the run is. For logs; a terminal has Jest's own line. */
import { elapsed } from './elapsed.ts';

interface SoFar {
  readonly numTotalTestSuites: number;
  readonly numPassedTestSuites: number;
  readonly numFailedTestSuites: number;
  readonly numPendingTestSuites: number;
  readonly startTime: number;
}

export default class ProgressReporter {
  onTestResult(_test: unknown, _result: unknown, soFar: SoFar): void {
    if (process.stderr.isTTY) return;
    const {
      numTotalTestSuites: all,
      numFailedTestSuites: failed,
      numPassedTestSuites,
      numPendingTestSuites,
    } = soFar;
    const done = numPassedTestSuites + failed + numPendingTestSuites;
    process.stderr.write(
      `${process.env.PHASEWRIGHT_TEST_SUITE ?? 'tests'}: ${done} of ${all} files${failed === 0 ? '' : `, ${failed} failed`}, ${elapsed(Date.now() - soFar.startTime)}\n`,
    );
  }
}
