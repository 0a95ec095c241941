/**
 * Ends a jest run with one line of its own, `N passed, N failed[, N skipped]`, for whoever reads the output by machine.
 * A file that could not run at all counts as one failure.
 */
export default class TestTally {
  onRunComplete(_contexts, results) {
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = [
      `${results.numPassedTests} passed`,
      `${results.numFailedTests + results.numRuntimeErrorTestSuites} failed`,
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ].join(', ');
    // Jest adds its summary after every reporter of the configuration.
    process.once('exit', () => process.stdout.write(`${line}\n`));
  }
}
