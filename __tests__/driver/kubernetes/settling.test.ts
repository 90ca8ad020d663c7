import { Revisions } from '../../../src/targets/cluster/revisions'
import type { Place } from '../../../src/targets/cluster/place'
import { settle } from '../../../src/targets/cluster/settling'
import { encodeRelease } from '../../../src/drivers/helm'
import { apiServer, say } from './api-server'

/** A server whose clock is three hours before ours, with an upgrade of somebody's that began so many minutes ago. */
async function pending(minutes: number, changed: number | null = null): Promise<string> {
  const now = Date.now() + 3 * 3_600_000
  const time = (ago: number): string => new Date(now - ago * 60_000).toISOString()
  const written: string[] = []
  const secret = {
    metadata: {
      name: 'sh.helm.release.v1.shop.v2', uid: 'u', creationTimestamp: time(minutes), managedFields: changed === null ? [] : [{ time: time(minutes) }, { time: time(changed) }],
      // By the clock of whoever ran Helm, which nobody knows.
      labels: { version: '2', status: 'pending-upgrade', modifiedAt: String(Math.floor(Date.now() / 1000) - 100_000), createdAt: '0' },
    },
    data: { release: encodeRelease({ name: 'shop', namespace: 'shop', version: 2, manifest: '', info: { status: 'pending-upgrade' } }) },
  }
  await using api = await apiServer((request, response) => {
    response.setHeader('Date', new Date(now).toUTCString())
    if (request.method === 'PUT') written.push(request.url ?? '')
    say(response, 200, request.url?.includes('labelSelector') === true ? { items: [secret] } : secret)
  })
  const place = {
    client: api.client, revisions: new Revisions(api.client, 'shop', 'shop'), history: { intent: null }, release: 'shop', namespace: 'shop', signal: new AbortController().signal,
  } as unknown as Place
  return await settle(place).then((lines) => `${lines.join()} ${written.length}`, (error: unknown) => (error as Error).message)
}

it('somebody else\'s Helm is respected for 15 minutes by the server\'s clock, whatever ours and theirs say', async () => {
  expect(await pending(14)).toMatch(/^Another Helm is at work on shop: its revision 2 is pending-upgrade/)
  expect(await pending(16)).toMatch(/had left as pending-upgrade, is marked as failed 1$/)
})

it('what changed one that was there counts from then on', async () => {
  expect(await pending(100, 5)).toMatch(/^Another Helm is at work/)
})
