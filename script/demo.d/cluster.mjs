// A Kubernetes cluster → v1.0.0 → v1.1.0 → a broken image → back, by an account that has one namespace, under constant load.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { constantLoad, verdict } from './load.mjs'
import { bold, Checkout, dim, giveUp, must, rig, root, say, seconds } from './show.mjs'

const namespace = 'quotes'
const variables = { QUOTES_KEY: 'correct horse battery staple' }

say(bold('Slipway: a Kubernetes cluster, an app without a chart, two tags, a broken one and a way back, under load\n'))
const { took } = await rig('up', '--cluster')
say(`A cluster: Kubernetes of one node, with real pods ${dim(`(${seconds(took)})`)}`)
const kubectl = (...words) => rig('kubectl', ...words).then(({ stdout }) => stdout)
await kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait')
await kubectl('create', 'namespace', namespace)
await kubectl('label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted')

/** What documents say that whoever deploys needs. */
function documented(...paths) {
  return paths.flatMap((path) => parse(/```yaml\n((?:apiVersion: rbac[^]*?)?rules:\n[^]*?)```/.exec(readFileSync(join(root, path), 'utf8'))[1]).rules)
}
const work = mkdtempSync(join(tmpdir(), 'slipway-demo-role-'))
writeFileSync(join(work, 'role.json'), JSON.stringify({
  apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'deployer' }, rules: documented('docs/cluster.md', 'charts/web/README.md'),
}))
const { stdout: kubeconfig } = await rig('kubeconfig', '--account', `${namespace}/deployer`, '--role', join(work, 'role.json'))
say(`An account: deployer, with the Role of docs/cluster.md in the namespace ${namespace}, which admits restricted pods alone`)

// One storage, two doors: this machine pushes to the one, nodes pull from the other.
const [pushTo, knownAs] = (await rig('registry-for-hosts')).stdout.split('\n')
await must(`${root}/rig/library`, ['nginx', 'python'], { follow: 'notes' })
const digests = await must('docker', ['inspect', '--format', '{{join .RepoDigests "\\n"}}', `${pushTo}/library/nginx:1.22`])
const nginx = digests.stdout.split('\n').find((one) => one.startsWith(`${pushTo}/`))?.replace(pushTo, knownAs) ?? giveUp('The nginx of the library has no digest.')
say(`A registry: ${knownAs}, which this machine calls ${pushTo}; it has python and nginx too`)
const { stdout: helm } = await must(`${root}/rig/cluster/programs`, ['helm4'], { follow: 'notes' })

const quotes = new Checkout('cluster-quotes', 'quotes')
quotes.change('Dockerfile', (text) => text.replace('FROM python:', `FROM ${pushTo}/library/python:`))
// Users come in by the nginx of the chart, which keeps their connections open from one release to the next.
quotes.change('slipway.yml', (text) => `${text}cluster: { values: { routing: { kind: proxy }, proxy: { image: '${nginx}' } } }\nrollout: { bake: 2s, drain: 5s }\n`)
await quotes.release('v1.0.0', 'Prices can be asked for')
say(`A repository: examples/cluster-quotes, a web app, a worker and a migration, tagged v1.0.0 ${dim(quotes.path)}`)

const image = `image=${pushTo}/demo-${Date.now().toString(36)}/quotes`
const env = { PATH: `${dirname(helm)}:${process.env.PATH}` }
const reach = [`kubeconfig=@${kubeconfig}`, `namespace=${namespace}`]

async function up(title, tag, options = {}) {
  const { images } = await quotes.action(`The image of ${tag}`, 'build-image', [image])
  load?.mark(`helm-upgrade to ${tag} begins`)
  return quotes.action(title, 'helm-upgrade', [...reach, `images=${images.replaceAll(pushTo, knownAs)}`], { variables, env, ...options })
}

async function served() {
  const { version } = await fetch(`http://${address}/`).then((response) => response.json())
    .catch((error) => giveUp(`http://${address}/ does not answer: ${error.cause?.message ?? error.message}. Look there: script/rig kubectl -n ${namespace} get all`))
  say(`   served: / ${version}`)
}

let load
let address
await up('v1.0.0 goes out', 'v1.0.0')
address = await kubectl('--namespace', namespace, 'get', 'service', 'quotes', '--output', 'jsonpath={.spec.clusterIP}')
await served()

load = constantLoad(address, ['GET /', 'POST /quotes', 'GET /healthz'])
quotes.change('main.py', (text) => text.replace("'service': 'web'", "'service': 'quotes'"))
await quotes.release('v1.1.0', 'One line changed')
await up('v1.1.0 goes out', 'v1.1.0')
await served()

quotes.change('main.py', (text) => text.replace(/^VERSION = .*$/m, "$&\nPAYMENTS_URL = os.environ['PAYMENTS_URL']"))
await quotes.release('v1.2.0', 'A setting that nobody gives')
await up('v1.2.0 does not start, and is put back', 'v1.2.0', { fails: true })
await served()

load.mark('rollback begins')
await quotes.action('and back', 'helm-upgrade', [...reach, 'operation=rollback'], { variables, env: { ...env, GITHUB_EVENT_NAME: 'workflow_dispatch' } })
await served()

const code = verdict(await load.end({ versions: ['v1.0.0', 'v1.1.0'], last: 'v1.0.0' }))
say(`\nThe cluster is still there: ${bold(`http://${address}/`)}`)
say(`Look around: script/rig kubectl --namespace ${namespace} get pods     Remove it: script/rig down --cluster`)
rmSync(work, { recursive: true })
quotes.remove()
process.exit(code)
