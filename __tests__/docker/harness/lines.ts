import { connect, type Socket } from 'node:net'

export interface LinesTally {
  readonly opened: number
  /** Connections that were refused, or ended before their question was answered. */
  readonly failures: readonly string[]
  /** How often each version greeted. */
  readonly versions: Readonly<Record<string, number>>
  /** Of those that stay connected: lines that were sent, and that came back. */
  readonly said: number
  readonly heard: number
}

export interface LinesLoad {
  soFar(): LinesTally
  stop(): Promise<LinesTally>
}

/** A load on compose-chat: 20 new connections a second that ask once and go, and `staying` ones that go on talking. */
export function linesLoad(address: string, port: number, staying: number): LinesLoad {
  let [opened, said, heard, ended] = [0, 0, 0, false]
  const failures: string[] = []
  const versions: Record<string, number> = {}
  const open = new Set<Promise<void>>()

  const ask = (): Promise<void> => new Promise((resolve) => {
    opened++
    const socket = connect(port, address).setEncoding('utf8').setTimeout(60_000)
    let text = ''
    const done = (failure?: string): void => {
      if (failure !== undefined) failures.push(failure)
      socket.removeAllListeners().on('error', () => {}).destroy()
      resolve()
    }
    socket.on('data', (more: string) => {
      text += more
      const answer = /^\S+ (\S+)\nversion (\S+)\n$/.exec(text)
      if (/^\S+ \S+\n$/.test(text)) socket.write('/version\n')
      if (answer === null) return
      const version = answer[1] ?? ''
      versions[version] = (versions[version] ?? 0) + 1
      done(answer[1] === answer[2] ? undefined : `greeted by ${answer[1]}, answered by ${answer[2]}`)
    }).on('error', (error) => { done(String(error)) }).on('close', () => { done(`closed after ${JSON.stringify(text)}`) })
      .on('timeout', () => { done(`silent after ${JSON.stringify(text)}`) })
  })
  const stays: Socket[] = Array.from({ length: staying }, () => connect(port, address).setEncoding('utf8'))
  for (const socket of stays) socket.on('data', (text: string) => { heard += text.split('version ').length - 1 }).on('error', () => {})
  const asking = setInterval(() => {
    const one = ask()
    open.add(one)
    void one.then(() => open.delete(one))
  }, 50)
  const talking = setInterval(() => {
    for (const socket of stays.filter(({ writable }) => writable)) {
      said++
      socket.write('/version\n')
    }
  }, 250)
  const soFar = (): LinesTally => ({ opened, failures, versions: { ...versions }, said, heard })
  return {
    soFar,
    stop: async () => {
      if (!ended) {
        ended = true
        clearInterval(asking)
        clearInterval(talking)
        await Promise.all(open)
        for (const socket of stays) socket.destroy()
      }
      return soFar()
    },
  }
}
