import { Failure } from '../../../errors'
import type { Answer } from './answer'
import { broughtPythons, supportsArchitecture } from './tools'
import type { HostFacts, Wanted } from './types'

const distributions: readonly string[] = ['debian 12', 'debian 13', 'ubuntu 22.04', 'ubuntu 24.04']
const supported = 'Debian 12 and 13, Ubuntu 22.04 and 24.04'

/** Everything about a host that cannot be prepared away, all at once. */
export function preconditions(facts: HostFacts, wanted: Wanted, items: Answer['items']): readonly Failure[] {
  const distribution = `${facts.os} ${facts.osVersion}`
  const found: (Failure | undefined)[] = [
    distributions.includes(distribution) ? undefined : distributionNotSupported(facts),
    supportsArchitecture(facts.arch) ? undefined : architectureNotSupported(facts),
    facts.systemd === null ? noSystemd(facts) : undefined,
    ...wanted.pythons.map((version) => pythonNotAvailable(version, facts)),
    portTaken(facts, '80'),
    wanted.tls ? portTaken(facts, '443') : undefined,
    ...spaceTooSmall(facts, spaceNeeded(items)),
    noRoomForImages(facts),
  ]
  return found.filter((failure) => failure !== undefined)
}

function distributionNotSupported(facts: HostFacts): Failure {
  const name = facts.osName || [facts.os, facts.osVersion].join(' ').trim() || 'unknown: it has no /etc/os-release'
  return new Failure({
    code: 'distribution-not-supported',
    what: `This host's distribution is ${name}.`,
    why: `setup-vm prepares ${supported}.`,
    cure: 'Use a host with one of these.',
  })
}

function architectureNotSupported(facts: HostFacts): Failure {
  return new Failure({
    code: 'architecture-not-supported',
    what: `This host's architecture is ${facts.arch || 'unknown'}.`,
    why: 'There are tools for x86_64 and aarch64.',
    cure: 'Use a host with one of these.',
  })
}

function noSystemd(facts: HostFacts): Failure {
  return new Failure({
    code: 'no-systemd',
    what: `This host is not run by systemd: its first process is ${facts.init || 'unknown'}.`,
    why: 'Releases run as systemd units, and the lock is one.',
    cure: 'Use a virtual machine, or a container whose first process is /sbin/init of systemd.',
  })
}

/** A Python that Slipway does not bring may have been put there by somebody else. */
function pythonNotAvailable(version: string, facts: HostFacts): Failure | undefined {
  if (facts.python.some((python) => `${python}.`.startsWith(`${version}.`))) return undefined
  return new Failure({
    code: 'python-not-available',
    what: `slipway.yml asks for Python ${version}; this host has ${facts.python.join(', ') || 'none'}.`,
    why: `Besides those, Slipway brings ${broughtPythons.join(', ')}.`,
    cure: 'In slipway.yml write one of these, e.g. runtime: python@3.13, or python.',
  })
}

/** Port 443 is not ours unless an app wants certificates. */
function portTaken(facts: HostFacts, port: '80' | '443'): Failure | undefined {
  const who = facts.listeners[port]
  if (who === undefined || who.startsWith('nginx ')) return undefined
  return new Failure({
    code: 'port-taken',
    what: `Port ${port} of this host is taken by ${who}.`,
    why: "Slipway's apps are reached through nginx on that port.",
    cure: `Stop it and keep it from starting, e.g. sudo systemctl disable --now ${who.split(' ')[0]}, or let it listen elsewhere.`,
  })
}

/** Bytes and inodes. */
export interface Space {
  readonly bytes: number
  readonly inodes: number
}

const MB = 1_000_000

/** What the changes to come will take, archives and unpacked files together, with a little to breathe. */
export function spaceNeeded(items: Answer['items']): Space {
  let [megabytes, inodes] = [20, 200]
  for (const { name, state } of items) {
    if (state !== 'change') continue
    if (name === 'packages') [megabytes, inodes] = [megabytes + 250, inodes + 4000]
    if (name === 'docker engine') [megabytes, inodes] = [megabytes + 450, inodes + 1000]
    if (name === 'docker compose') [megabytes, inodes] = [megabytes + 150, inodes + 100]
    if (name === 'circus') [megabytes, inodes] = [megabytes + 40, inodes + 2000]
    if (name === 'uv') [megabytes, inodes] = [megabytes + 90, inodes + 10]
    if (name.startsWith('python ')) [megabytes, inodes] = [megabytes + 200, inodes + 5000]
    if (name.startsWith('node ')) [megabytes, inodes] = [megabytes + 220, inodes + 4000]
  }
  return { bytes: megabytes * MB, inodes }
}

/** On a host that is ready nothing is needed. */
function spaceTooSmall(facts: HostFacts, needed: Space): Failure[] {
  const small = facts.disk.filter(({ free }) => free < needed.bytes)
  const few = facts.inodes.filter(({ free }) => free < needed.inodes)
  return [
    ...small.map(({ mount, free }) => new Failure({
      code: 'disk-too-small',
      what: `Preparing this host needs ${inMB(needed.bytes)} on ${mount}; it has ${inMB(free)} free.`,
      cure: `Make room: sudo du -xh --max-depth=2 ${mount} | sort -h | tail shows what is large; sudo apt-get clean empties apt's cache.`,
    })),
    ...few.map(({ mount, free }) => new Failure({
      code: 'inodes-too-few',
      what: `Preparing this host needs ${needed.inodes} inodes on ${mount}; it has ${free} free.`,
      why: 'A file system can be full of small files while there is space.',
      cure: `Find the folders with many files: sudo du -x --inodes --max-depth=3 ${mount} | sort -n | tail`,
    })),
  ]
}

/** Images of a release and of the one before it lie side by side. */
const forImages = 2000 * MB

function noRoomForImages({ docker }: HostFacts): Failure | undefined {
  if (docker === null || docker.free >= forImages) return undefined
  return new Failure({
    code: 'disk-too-small',
    what: `Docker keeps its images in ${docker.root}, on ${docker.mount}, which has ${inMB(docker.free)} free.`,
    why: `Less than ${inMB(forImages)} is soon full: the images of two releases lie there at once.`,
    cure: 'Make room: sudo docker system df shows what takes it, sudo docker image prune takes away images that nothing names; or put the '
      + 'folder on a larger disk (data-root in daemon.json).',
  })
}

const inMB = (bytes: number): string => `${Math.floor(bytes / MB)} MB`
