// Bare host → Docker → v1.0.0 → v1.1.0 → a broken image → back without a registry, under constant load.
import { constantLoad, verdict } from './load.mjs'
import { bold, Checkout, dim, freshHost, giveUp, good, must, rig, root, say, seconds } from './show.mjs'

const variables = { POSTGRES_PASSWORD: 'correct horse battery staple' }

say(bold('Slipway: a bare Debian host, a Compose project, two tags, a broken one and a way back without the registry, under load\n'))
const host = await freshHost('demo-docker', '--image', 'bare', '--suite', 'trixie', '--engine', 'installable')
const { address, reach } = host
say(`A host: ${address}, Debian with systemd and sshd, nothing else ${dim(`(${seconds(host.took)})`)}`)
// One storage, two doors: this machine pushes to the one, hosts pull from the other.
const [pushTo, knownAs] = (await rig('registry-for-hosts')).stdout.split('\n')
await must(`${root}/rig/library`, ['postgres', 'python'], { follow: 'notes' })
say(`A registry: ${knownAs}, which this machine calls ${pushTo}; it has python and postgres too`)

const notes = new Checkout('compose-notes', 'notes')
notes.change('Dockerfile', (text) => text.replace('FROM python:', `FROM ${pushTo}/library/python:`))
// A version of an image is never built anew, and each demo has a v1.0.0 of its own.
notes.change('compose.yaml', (text) => text.replaceAll(`${knownAs}/notes/`, `${pushTo}/demo-${Date.now().toString(36)}/`))
notes.write('slipway.yml', 'target: docker\nrollout: { bake: 2s, drain: 10s }\n')
await notes.release('v1.0.0', 'Notes can be taken')
say(`A repository: examples/compose-notes, web app, PostgreSQL and migration, tagged v1.0.0 ${dim(notes.path)}`)

/** The images of the tag that is checked out, as hosts know them. */
async function build(tag) {
  const { images } = await notes.action(`The image of ${tag}`, 'build-image', [])
  return `images=${images.replaceAll(pushTo, knownAs)}`
}

async function up(title, tag, options = {}) {
  const images = await build(tag)
  load?.mark(`compose-up of ${tag} begins`)
  return notes.action(title, 'compose-up', [...reach, images], { variables, ...options })
}

async function served() {
  const { version } = await fetch(`http://${address}/`).then((response) => response.json())
    .catch((error) => giveUp(`http://${address}/ does not answer: ${error.cause?.message ?? error.message}. Look there: script/rig ssh demo-docker`))
  say(`   served: / ${version}`)
}

/** The database's container, when it started and how often again. */
const database = () => host.shell(`docker inspect -f '{{.Id}} {{.State.StartedAt}} {{.RestartCount}}' $(docker ps -q --filter label=com.docker.compose.service=db)`)

let load
await notes.action('The host is made ready', 'setup-vm', reach, { variables })
await up('v1.0.0 goes out', 'v1.0.0')
await served()
const before = await database()

load = constantLoad(address, ['GET /', 'POST /notes', 'GET /healthz'])
notes.change('main.py', (text) => text.replace("'service': 'web'", "'service': 'notes'"))
await notes.release('v1.1.0', 'One line changed')
await up('v1.1.0 goes out', 'v1.1.0')
await served()

notes.change('main.py', (text) => text.replace(/^VERSION = .*$/m, "$&\nPAYMENTS_URL = os.environ['PAYMENTS_URL']"))
await notes.release('v1.2.0', 'A setting that nobody gives')
await up('v1.2.0 does not start, and is put back', 'v1.2.0', { fails: true })
await served()

// This machine is the registry's address and the other end of SSH: the port alone.
const [registryHost, registryPort] = knownAs.split(':')
await host.shell(`iptables --insert OUTPUT --protocol tcp --destination ${registryHost} --dport ${registryPort} --jump REJECT`)
const cut = await host.shell(`curl --silent --show-error --max-time 5 https://${knownAs}/v2/ 2>&1 || true`)
if (!/curl: \(\d+\)/.test(cut)) giveUp(`The registry still answers the host: ${cut}`)
say(`\n${good('✓')} The host no longer reaches the registry: ${dim(cut.split('\n').at(-1))}`)
load.mark('registry cut off, rollback begins')
const byHand = { GITHUB_EVENT_NAME: 'workflow_dispatch' }
await notes.action('and back, without the registry', 'compose-up', [...reach, 'operation=rollback'], { variables, env: byHand })
await served()

const problems = await load.end({ versions: ['v1.0.0', 'v1.1.0'], last: 'v1.0.0' })
if (await database() !== before) problems.push('the database was started anew')
else say(`   the database is the container of before, up since ${before.split(' ')[1]}, restarted ${before.split(' ')[2]} times`)
const code = verdict(problems)
say(`\nThe host is still there: ${bold(`http://${address}/`)} and http://${address}/notes`)
host.leave()
notes.remove()
process.exit(code)
