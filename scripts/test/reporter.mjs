import { appendFileSync } from 'node:fs';

/** Is a hook of the file or of a suite around the test broken, so that it could not run? */
function isSpoilt({ parent }) {
  return parent.errors().length > 0 || (parent.type === 'suite' && isSpoilt(parent));
}

/**
 * Writes one JSON line per test to the file in NETWHY_TEST_REPORT, file by file as they end, so that a run which is
 * cut short leaves what it has found. The last line says that the run came to its end.
 */
export default class LineReporter {
  #write(row) {
    appendFileSync(process.env.NETWHY_TEST_REPORT, `${JSON.stringify(row)}\n`);
  }

  #writeFailure(file, name, errors) {
    this.#write({ file, name, state: 'failed', note: errors.map(({ message }) => message).join('\n') });
  }

  onTestModuleEnd(module) {
    const file = module.relativeModuleId;
    // Errors outside of any test: an import that failed, a suite's own hook.
    for (const owner of [module, ...module.children.allSuites()]) {
      const errors = owner.errors();
      if (errors.length > 0) this.#writeFailure(file, owner.fullName ?? '(the file)', errors);
    }
    for (const test of module.children.allTests()) {
      const { state, errors } = test.result();
      const note = test.result().note ?? (isSpoilt(test) ? 'what comes before it failed' : undefined);
      if (state === 'failed') this.#writeFailure(file, test.fullName, errors ?? []);
      else this.#write({ file, name: test.fullName, state: state === 'pending' ? 'failed' : state, note });
    }
  }

  onTestRunEnd(_modules, unhandledErrors) {
    if (unhandledErrors.length > 0) this.#writeFailure('', 'errors outside of tests', unhandledErrors);
    this.#write({ end: true });
  }
}
