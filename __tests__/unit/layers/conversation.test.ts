import type { Channel } from '../../../src/drivers/ssh'
import { Conversation } from '../../../src/targets/host/conversation'

/** A host that says its lines when so many frames have come. */
function channelSaying(lines: readonly object[], after: number): { readonly channel: Channel; frames(): number } {
  let frames = 0
  let say = (): void => {}
  const said = new Promise<void>((resolve) => { say = resolve })
  const channel: Channel = {
    write: async (chunk) => {
      frames++
      if (frames > after) say()
      // As a socket does.
      await new Promise((resolve) => setImmediate(resolve))
      return void chunk
    },
    end: () => undefined,
    lines: async function* () {
      await said
      yield* lines.map((line) => JSON.stringify(line))
    },
    stderr: () => '', exit: Promise.resolve({ code: 0, signal: null }), close: () => undefined,
  }
  return { channel, frames: () => frames }
}

async function* many(): AsyncGenerator<Uint8Array, void, undefined> {
  for (let index = 0; index < 100; index++) yield Buffer.alloc(10)
}

const refusal = { type: 'answer', verb: 'images', ok: false, failure: { code: 'disk-full', what: 'w', why: '', cure: 'c', evidence: [] } }

it('what the host has refused is not sent to its end', async () => {
  const { channel, frames } = channelSaying([refusal], 10)
  const conversation = new Conversation(channel, 'web-1')
  await conversation.content(many())
  expect(frames()).toBeLessThan(20)
  await expect(conversation.answer()).rejects.toMatchObject({ code: 'disk-full', target: 'web-1' })
})

it('what it only tells of its work is heard later, and all is sent', async () => {
  const { channel, frames } = channelSaying([{ type: 'progress', text: 'at work' }, { type: 'answer', verb: 'stage', ok: true, value: 7 }], 10)
  const conversation = new Conversation(channel, 'web-1')
  const told: string[] = []
  conversation.listen({ progress: (text) => told.push(text), waiting: () => undefined })
  await conversation.content(many())
  expect(frames()).toBe(101)
  expect(told).toEqual([])
  expect(await conversation.answer()).toBe(7)
  expect(told).toEqual(['at work'])
})
