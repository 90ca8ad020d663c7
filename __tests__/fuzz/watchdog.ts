import { Worker } from 'node:worker_threads'

/** Milliseconds that one input may hang before its run is ended: what no clock of the same thread could notice. */
const most = 120_000

const watching = `
const { workerData: { count, most, told } } = require('node:worker_threads')
let [before, since] = [-1, Date.now()]
setInterval(() => {
  const now = Atomics.load(count, 0)
  if (now !== before) [before, since] = [now, Date.now()]
  else if (now >= 0 && Date.now() - since > most) {
    require('node:fs').writeSync(2, told.replace('NUMBER', String(now)))
    process.kill(process.pid, 'SIGKILL')
  }
}, 1000)`

/** Ends the process, and says how to come back there, when an input is not done in time. Tells it of each that begins; -1: none is in hand. */
export function watchdog(told: string): (number: number) => void {
  const count = new Int32Array(new SharedArrayBuffer(4)).fill(-1)
  new Worker(watching, { eval: true, workerData: { count, most, told }, execArgv: [] }).unref()
  return (number) => { Atomics.store(count, 0, number) }
}
