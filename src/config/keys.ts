import { days, duration, size, someTime, wave } from './amounts'
import { choice } from './choice'
import { clusterShape } from './cluster/keys'
import { command, startCommand } from './command'
import { profileName, projectName } from './compose/project'
import { composeVariable } from './compose/variables'
import { count, flag, type Format } from './format'
import {
  appName, environmentName, extraName, folder, openPort, packageName, pathInside, runtime, secretName, servedPath, serviceName, tagPrefix,
  variableName, variableValue, versionScheme
} from './names'
import { gatesShape } from './gates'
import { network } from './network'
import { either, group, key, list, map, needing, value, type Read, type Shape } from './shapes'
import { schedule } from './schedule'
import type { Health, Hook, Listen, Protocol, SecretsAs, Supervisor, TargetKind } from './types'
import { anyDomain, domain, healthPath, route } from './web'

/** Every key of slipway.yml: the reader, the published JSON Schema and the reference are made from this. */

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const

export const commandKeys = {
  run: key(value({ ...command, example: 'python manage.py migrate' }), 'The command. Needed.', '', ['command', 'cmd']),
  timeout: key(value(someTime), 'How long it may take; then it is ended with all of its processes.', 'what is left of `rollout.timeout`',
    ['limit', 'within'])
}

const longCommand = needing<Read<typeof commandKeys>, Hook>('run', group(commandKeys, '{ run: python manage.py migrate, timeout: 5m }'),
  ({ run, timeout }) => run === undefined || timeout === undefined ? run : { run, timeout })

const commands = (example: string): Shape<readonly Hook[]> =>
  list(either<Hook, Hook>(value({ ...command, example }), longCommand), { single: true, repeats: true })
const paths = (example: string): Shape<readonly string[]> => list(value({ ...pathInside, example }))

const healthCheck: Format<Health> = {
  says: 'a path that begins with a slash, or a command', example: '/healthz', json: command.json,
  read(scalar) {
    if (!scalar.text.startsWith('/')) {
      const reading = command.read(scalar)
      return 'value' in reading ? { value: { kind: 'command', command: reading.value } } : reading
    }
    const reading = healthPath.read(scalar)
    return 'value' in reading ? { value: { kind: 'path', path: reading.value } } : reading
  }
}

export const healthKeys = {
  path: key(value(healthPath), 'A path, asked of the service itself.', '', ['url', 'endpoint']),
  command: key(value({ ...command, example: 'python check.py' }), 'Run as the app; 0 is healthy.', '', ['cmd', 'test', 'exec']),
  timeout: key(value(someTime), 'From start to healthy.', '60s', ['within'])
}

export const installKeys = {
  file: key(value({ ...pathInside, example: 'requirements/prod.txt' }), 'A requirements file in the service\'s folder.',
    'requirements.txt', ['requirements', 'path']),
  extras: key(list(value(extraName)), 'Extras of pyproject.toml to install along.', 'none', ['extra']),
  groups: key(list(value({ ...extraName, example: 'server' })), 'Dependency groups of uv.lock to install along.', 'none',
    ['group', 'with']),
  secrets: key(list(value({ ...secretName, example: 'NPM_TOKEN' })),
    'Names of secrets that the installation alone gets, as variables: for private indexes.', 'none',
    ['secret', 'credentials', 'env'])
}

export const stopKeys = {
  signal: key(value(choice(SIGNALS)), 'What asks the service to end.', 'SIGTERM; SIGQUIT when `start` runs uWSGI'),
  timeout: key(value(duration), 'How long it may take, before it is killed.', '30s', ['grace'])
}

export const sandboxKeys = {
  namespaces: key(value(flag), 'It may make namespaces, as the sandbox of a browser does.', 'false', ['userns']),
  devices: key(value(flag), 'It sees the devices of the host, such as a graphics card; their own rights still hold.', 'false', ['gpu'])
}

export const siteKeys = {
  folder: key(value(servedPath), 'The folder, from the service\'s `path`.', '', ['path', 'dir', 'directory', 'root']),
  fallback: key(value({ ...servedPath, example: 'index.html' }), 'The file in it that answers where there is none, such as a single-page app\'s.',
    'none, 404', ['try', 'spa', 'index', 'not-found']),
  cache: key(value(duration), 'How long browsers may keep a file without asking again, unless its name has a hash of its content.',
    'they ask each time', ['max-age', 'expires', 'cache-control'])
}

export const pageKeys = {
  error: key(value({ ...pathInside, example: 'public/500.html' }),
    'What users get, with 502 or 504, when a service does not answer. What the app itself answers stays as it is.', 'the router\'s own',
    ['500', '502', 'error-page']),
  maintenance: key(value({ ...pathInside, example: 'public/503.html' }),
    'What users get, with 503, while `rollout: { maintenance: true }` keeps them out.', 'the router\'s own', ['503', 'maintenance-page'])
}

export const serviceKeys = {
  path: key(value(folder), 'Its folder in the repository, where it is started.', '`.`',
    ['dir', 'directory', 'folder', 'root', 'cwd', 'context']),
  runtime: key(value(runtime), '`python[@x.y]`, `node[@x]` or `node@lts`.', 'detected', ['language', 'engine', 'python', 'node']),
  install: key(either<string, Read<typeof installKeys>>(value({ ...pathInside, example: 'requirements/prod.txt' }),
    group(installKeys, '{ secrets: [NPM_TOKEN] }')),
    'How its environment is made, where the folder does not tell: a requirements file, or these keys.', 'detected',
    ['dependencies', 'requirements']),
  start: key(value(startCommand), 'The command that runs it, on one line, in the foreground; `$PORT` is its port.', 'detected',
    ['command', 'cmd', 'run', 'entrypoint', 'exec', 'script']),
  route: key(value(route), 'Requests whose path has this prefix come here. Without one it is a worker.',
    'none; `/` in the short form', ['url', 'prefix', 'location']),
  protocol: key(value(choice<Protocol>(['http', 'uwsgi', 'fastcgi'])), 'What it speaks where it listens.', '`http`'),
  listen: key(value(choice<Listen>(['port', 'socket'])), 'Where it listens: on a port, `$PORT`, or on a Unix socket, `$SOCKET`.', '`port`',
    ['bind', 'address']),
  static: key(either<string, Read<typeof siteKeys>>(value(servedPath), group(siteKeys, '{ folder: dist, fallback: index.html }')),
    'Instead of `start`: a folder whose files are served. See [services.md](services.md).', 'none', ['files', 'public', 'serve']),
  health: key(either<Health, Read<typeof healthKeys>>(value(healthCheck), group(healthKeys, '{ path: /healthz, timeout: 90s }')),
    'When it is ready: a path (begins with `/`) or a command, or both keys with a `timeout`.',
    'answers below 500; a worker stays up', ['healthcheck', 'health-check', 'check', 'readiness']),
  build: key(commands('npm run build'),
    'Commands run once per release while it is staged, as a build user without secrets.', 'none', ['compile']),
  before: key(commands('python manage.py migrate'),
    'Commands run once per rollout when all is staged and nothing is switched, such as migrations.', 'none',
    ['release', 'migrate', 'pre-deploy', 'hooks']),
  after: key(commands('python manage.py warm_cache'),
    'Commands run once per rollout when the release serves everywhere. One that fails is red, and undoes nothing.', 'none',
    ['post-deploy', 'postdeploy']),
  env: key(map(variableName, value(variableValue)), 'Variables. Numbers stay as they are written.', 'none',
    ['environment', 'variables', 'vars']),
  secrets: key(list(value(secretName)), 'Names of secrets; their values come as `env` of the workflow\'s step.', 'none',
    ['secret']),
  'secrets-as': key(value(choice<SecretsAs>(['env', 'files'])),
    'How it finds them: each as a variable, or each in a file that the variable `NAME_FILE` names.', '`env`', ['secrets_as']),
  instances: key(value(count(1, 64, '2')), 'How many of it run on each target.', '1',
    ['replicas', 'scale', 'processes', 'count']),
  stop: key(group(stopKeys, '{ signal: SIGTERM, timeout: 30s }'), 'How it is ended.', 'SIGTERM (uWSGI: SIGQUIT), 30s', ['shutdown', 'kill']),
  overlap: key(value(flag), 'Workers: may the new one start before the old one has ended?', 'true'),
  on: key(value(choice(['first', 'all'])), 'Workers: on all targets, or on the first of the fleet only.', '`all`'),
  schedule: key(value(schedule), 'When to run it: a cron expression in UTC, or `once` per activation.', 'always runs',
    ['cron', 'timer', 'oncalendar']),
  timeout: key(value(someTime), 'Scheduled services: how long a run may take.', '24h', ['max-runtime']),
  memory: key(value(size), 'Most memory of each instance.', 'no limit', ['mem', 'memory-limit', 'mem_limit']),
  tasks: key(value(count(1, 100_000, '512')), 'Most processes and threads of each instance.', 'what the host allows',
    ['pids', 'pids_limit', 'pids-limit', 'threads', 'max-tasks']),
  sandbox: key(group(sandboxKeys, '{ namespaces: true }'), 'What its sandbox leaves open.', 'nothing', ['privileges', 'hardening'])
}

export const rolloutKeys = {
  canary: key(value(count(0, 1000, '1')), 'Targets in a first wave of their own.', '1'),
  wave: key(value(wave), 'Size of the other waves: a share of the fleet or a number.', '25%', ['batch', 'batch-size']),
  failures: key(value(count(0, 1000, '0')), 'Targets that may fail before all is reverted.', '0', ['max-failures']),
  absent: key(value(count(0, 1000, '0')), 'Targets that may be unreachable from the start.', '0'),
  bake: key(value(duration), 'How long each wave is watched after the switch.', '0s'),
  drain: key(value(duration), 'How long requests of the old activation may take to end.', '30s'),
  maintenance: key(value(flag), 'Answer 503 to all requests while `before` commands run, and until the new release is proven.', 'false',
    ['downtime', 'offline']),
  warm: key(value(duration), 'How long what was replaced stays up, without its workers: a rollback to it within that time starts nothing.', '0s'),
  timeout: key(value(someTime), 'How long the whole rollout may take.', '10m')
}

export const tlsKeys = {
  certificate: key(value({ ...secretName, example: 'TLS_CERTIFICATE' }),
    'Name of the secret with the certificate in PEM, and after it those that signed it.', '', ['cert', 'chain', 'fullchain']),
  key: key(value({ ...secretName, example: 'TLS_KEY' }), 'Name of the secret with its private key in PEM.', '', ['private-key', 'privkey'])
}

export const composeKeys = {
  files: key(list(value({ ...pathInside, example: 'compose.yaml' }), { single: true, filled: true }),
    'Compose files, from the root of the repository, later ones over earlier ones. Paths in them count from the folder of the first.',
    'what Compose itself finds', ['file', 'compose-file', 'path']),
  project: key(value(projectName), 'What Compose calls the project; volumes are called after it.', '`name` of the first file, else `app`',
    ['name', 'project-name']),
  profiles: key(list(value(profileName), { single: true }), 'Profiles whose services run too.', 'none', ['profile']),
  env: key(map(composeVariable, value(variableValue)), 'Values of variables in the Compose files, where they are no secrets.', 'none',
    ['environment', 'variables', 'vars'])
}

const wholeKeys = {
  app: key(value(appName), 'The app\'s name on its hosts.', 'the repository\'s name', ['name', 'project']),
  target: key(value(choice<TargetKind>(['vm', 'docker', 'cluster'])),
    'Where it runs: `vm`; `docker` for what Compose files describe; `cluster` for what a Helm chart describes.',
    '`docker` with a Compose file, `cluster` with a chart, and no service; else `vm`'),
  domain: key(list(value(anyDomain), { single: true, filled: true }),
    'The host name that users type, or a list, the main one first. `*.example.com` may be in it with a certificate of your own. '
    + 'One app of a host may do without.', 'none', ['domains', 'host', 'hostname', 'server_name']),
  aliases: key(list(value({ ...domain, example: 'www.shop.example.com' }), { single: true }),
    'Names that are redirected to the main one.', 'none', ['alias', 'redirects', 'www']),
  tls: key(either<'acme' | 'off', Read<typeof tlsKeys>>(value(choice(['acme', 'off'])),
    group(tlsKeys, '{ certificate: TLS_CERTIFICATE, key: TLS_KEY }')),
    'Where the certificate comes from: `acme` (an authority gives it to the host, which renews it), `off` (plain http), or your own '
    + 'from two secrets.', '`acme` with a `domain`; several hosts need another', ['ssl', 'https', 'letsencrypt']),
  hsts: key(value(days), 'How long browsers that came by https stay with it.', 'off', ['strict-transport-security']),
  'trusted-proxies': key(list(value(network), { single: true }),
    'Addresses of a balancer or CDN before the host: what they say of the client (`X-Forwarded-For`, `-Proto`, `-Host`) is believed. '
    + 'See [services.md](services.md#behind-a-balancer).', 'none, nobody is believed',
    ['trusted_proxies', 'trust-proxy', 'proxies', 'set_real_ip_from', 'real-ip', 'forwarded-allow-ips'])
}

const restKeys = {
  shared: key(paths('uploads'), 'Paths that outlive releases, the same for all.', 'none',
    ['persist', 'linked_dirs', 'volumes']),
  scratch: key(paths('tmp'), 'Paths that the app may write to, empty in each activation.', 'none',
    ['tmp', 'writable']),
  artifacts: key(paths('dist'), 'Paths made by an earlier step of the workflow, not in Git, shipped along.', 'none',
    ['assets']),
  packages: key(list(value(packageName)),
    'Packages of the host\'s distribution that the app needs, for instance to compile. setup-vm installs them, and removes none.',
    'none', ['apt', 'apt-packages', 'system-packages', 'debs']),
  open: key(list(value(openPort)), 'Ports on which a service itself listens in public. setup-vm opens them when it is asked for the '
    + 'firewall, and closes them when no app of the host asks for them any more.', 'none', ['expose', 'firewall']),
  keep: key(value(count(1, 100, '5')), 'Releases that stay on a host to return to. One that was rolled back from does not count, and goes when '
    + 'a newer one was proven.', '5', ['keep_releases', 'keep-releases', 'retention']),
  supervisor: key(value(choice<Exclude<Supervisor, 'compose'>>(['systemd', 'supervisor', 'circus'])),
    'What keeps it running: see [supervisors](supervisors.md).', '`systemd`'),
  rollout: key(group(rolloutKeys, '{ wave: 25%, bake: 10s }', belongs), 'How a rollout goes.', 'see there',
    ['rolling', 'deploy', 'strategy']),
  'rollback-floor': key(value({ ...flag, example: 'true' }),
    'Going back across this release, to one before it, is not safe: a rollback then asks for `allow-rollback-floor`.', '`false`',
    ['rollback_floor', 'irreversible']),
  pages: key(group(pageKeys, '{ error: public/500.html }'), 'Pages of your own, each a file of at most 1 MB that needs no other.',
    'none', ['error-pages', 'error_pages']),
  'tag-prefix': key(value(tagPrefix),
    'What a tag begins with before its version does: with `shop-` the tag `shop-v1.0.0` is version `v1.0.0`.', 'none',
    ['tagPrefix', 'tag_prefix']),
  'version-scheme': key(value(versionScheme),
    'How versions are counted that `bump` finds: `semver`, or by dates. See [releases.md](releases.md#calendar-versions).', '`semver`',
    ['versioning', 'version_scheme', 'calver']),
  gates: key(gatesShape, 'What has to hold before a deploy; never before a rollback. See [releases.md](releases.md#gates).', 'none', ['conditions', 'protection'])
}

const services = key(map(serviceName, group(serviceKeys, '{ start: node main.js, route: / }', belongs)),
  'The app\'s processes by name. With a single web service its keys may stand at the top instead.',
    'from the Procfile, if there is one',
  ['service', 'processes'])

const compose = key(either<readonly string[], Read<typeof composeKeys>>(composeKeys.files.shape, group(composeKeys, '{ files: compose.yaml, profiles: [suggestions] }')),
  'With `target: docker`: the Compose files, or these keys. See [compose.md](compose.md).', 'what Compose itself finds', ['compose-file', 'docker-compose'])

const cluster = key(clusterShape, 'With `target: cluster`: the chart, or these keys. See [configuration.md](configuration.md#a-cluster).', 'a chart that the repository has',
  ['helm', 'kubernetes', 'k8s'])

/** The keys of a file or an overlay; those of a service at the top are the short form. */
const overlayKeys = { ...wholeKeys, compose, cluster, services, ...serviceKeys, ...restKeys }

const overlays = key(map(environmentName, group(overlayKeys, '{ domain: staging.example.com }', belongs), { nulls: true }),
  'Overlays by name: merged by key, lists replaced, null removes. Once there are any, the `environment` input must name one.',
    'none',
  ['environment', 'stages', 'envs'])

export const fileKeys = { ...overlayKeys, environments: overlays }
export const file: Shape<Read<typeof fileKeys>> = group(fileKeys, 'start: node main.js', belongs)

/** What the file says once the overlay is applied and what can be detected is filled in: services have names, always. */
export const completeKeys = { ...wholeKeys, compose, cluster, services, ...restKeys }
export const complete: Shape<Read<typeof completeKeys>> = group(completeKeys, '', belongs)
export type ServiceRead = Read<typeof serviceKeys>

/** For the groups of the reference. */
export const topKeys = { ...wholeKeys, services, compose, cluster, ...restKeys, environments: overlays }

function belongs(name: string): string | undefined {
  if (Object.hasOwn(serviceKeys, name)) return `\`${name}\` belongs in a service: \`services: { web: { ${name}: … } }\`.`
  if (Object.hasOwn(rolloutKeys, name)) return `\`${name}\` belongs under \`rollout\`: \`rollout: { ${name}: … }\`.`
  if (Object.hasOwn(restKeys, name) || Object.hasOwn(wholeKeys, name)) return `\`${name}\` belongs at the top of the file.`
  if (name === 'port' || name === 'ports') return 'Remove it: Slipway gives every instance a port of its own, in `$PORT`.'
  return undefined
}
