// Tells of each test as it ends, and of one that is long on its way: no silent minutes.
const every = 30_000

export default class Live {
  #timer

  onTestStart(test) {
    process.stderr.write(`  ${test.path.slice(test.path.indexOf('__tests__'))}\n`)
  }

  onTestCaseStart(_test, { ancestorTitles, title }) {
    clearInterval(this.#timer)
    const began = Date.now()
    this.#timer = setInterval(() => {
      const seconds = Math.round((Date.now() - began) / 1000)
      process.stderr.write(`    … ${[...ancestorTitles, title].join(' › ')}: ${seconds} s\n`)
    }, every)
  }

  onTestCaseResult(_test, { fullName, status, duration }) {
    clearInterval(this.#timer)
    const sign = { passed: '✓', failed: '✗' }[status] ?? '–'
    process.stderr.write(`    ${sign} ${fullName} (${Math.round(duration ?? 0)} ms)\n`)
  }

  onRunComplete() {
    clearInterval(this.#timer)
  }
}
