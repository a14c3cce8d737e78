/** A reporter that names the tests that passed only when they were tried again: each is a bug to find. */
export default class SecondTry {
  #names = [];

  onTestCaseResult(test) {
    if (test.diagnostic()?.flaky === true) this.#names.push(test.fullName);
  }

  onTestRunEnd() {
    for (const name of this.#names) console.log(`passed on the second try only: ${name}`);
  }
}
