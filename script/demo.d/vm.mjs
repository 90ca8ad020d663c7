// Bare host → v1.0.0 → v1.1.0 → v1.0.0, under constant load.
import { constantLoad, verdict } from './load.mjs'
import { bold, Checkout, dim, freshHost, giveUp, rig, say, seconds } from './show.mjs'

const variables = { DATABASE_URL: 'sqlite:data/shop.sqlite' }

async function served(address) {
  const answers = await Promise.all(['/', '/js/'].map(async (path) => {
    const url = `http://${address}${path}`
    try {
      const response = await fetch(url)
      return `${path} ${(await response.json()).version}`
    } catch (error) {
      return giveUp(`${url} does not answer: ${error.cause?.message ?? error.message}. Look there: script/rig ssh demo`)
    }
  }))
  say(`   served: ${answers.join(', ')}`)
}

say(bold('Slipway: a bare Debian host, two tags and a way back, under load\n'))
const shop = new Checkout('shop', 'shop')
await shop.release('v1.0.0', 'The shop opens')

const { address, took, reach, leave } = await freshHost('demo', '--image', 'bare')
const [mirror, checksum] = (await rig('mirror')).stdout.split('\n')
say(`A host: ${address}, Debian with systemd and sshd, nothing else ${dim(`(${seconds(took)})`)}`)
say(`A repository: examples/shop, tagged v1.0.0 ${dim(shop.path)}`)

await shop.action('The host is made ready', 'setup-vm', [...reach, `mirror=${mirror}`, `mirror-checksum=${checksum}`], { variables })
await shop.action('v1.0.0 goes out', 'push-release', reach, { variables })
await served(address)

const load = constantLoad(address, ['GET /', 'POST /echo', 'GET /js/', 'POST /js/echo'])
shop.write('VERSION', '1.1.0\n')
await shop.release('v1.1.0', 'One line changed')
load.mark('v1.1.0 begins')
await shop.action('v1.1.0 goes out', 'push-release', reach, { variables })
await served(address)

load.mark('rollback begins')
const byHand = { GITHUB_EVENT_NAME: 'workflow_dispatch' }
await shop.action('and back', 'push-release', [...reach, 'operation=rollback'], { variables, env: byHand })
await served(address)

const code = verdict(await load.end({ versions: ['1.0.0', '1.1.0'], last: '1.0.0' }))
say(`\nThe host is still there: ${bold(`http://${address}/`)} and http://${address}/js/`)
leave()
shop.remove()
process.exit(code)
