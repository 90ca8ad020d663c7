import { Worker } from 'node:worker_threads'

/** Milliseconds that one input may hang before its run is ended: what no clock of the same thread could notice. */
const most = 120_000

const watching = `
const { workerData: { counts, most, told } } = require('node:worker_threads')
let [before, since] = [-1, Date.now()]
setInterval(() => {
  const [number, begun] = [0, 1].map((at) => Atomics.load(counts, at))
  if (begun !== before) [before, since] = [begun, Date.now()]
  else if (number >= 0 && Date.now() - since > most) {
    require('node:fs').writeSync(2, told.replace('NUMBER', String(number)))
    process.kill(process.pid, 'SIGKILL')
  }
}, 1000)`

/** Ends the process, and says how to come back there, when an input is not done in time. Tells it of each that begins; -1: none is in hand. */
export function watchdog(told: string): (number: number) => void {
  // The number, and how often one was told: of smaller ones that are tried all have the number of the first.
  const counts = new Int32Array(new SharedArrayBuffer(8)).fill(-1)
  new Worker(watching, { eval: true, workerData: { counts, most, told }, execArgv: [] }).unref()
  return (number) => {
    Atomics.store(counts, 0, number)
    Atomics.add(counts, 1, 1)
  }
}
