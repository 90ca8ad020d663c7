// A one-line change of one Python service on one warm host, under load, by what people deploy to VMs with: Slipway's action and `git push`, an Ansible
// playbook, and Capistrano; in turns, from this machine and from one at a round-trip time of 50 ms. Then each is killed half-way.
import { cpus, loadavg } from 'node:os'
import { ms } from './figures.mjs'
import { act, contenders } from './peers-contenders.mjs'
import { deed, rate, restarted, struck } from './peers-measured.mjs'
import { preparePlace } from './peers-place.mjs'
import { told } from './peers-told.mjs'
import { floorOnce } from './vm-floor.mjs'
import { rig } from './vm-place.mjs'

export async function peers({ rounds = 5, roundTrips = [0, 50] }) {
  const note = (text) => console.error(`  ${text}`)
  const busy = loadavg()[0]
  note('a warm host')
  const place = preparePlace()
  try {
    const all = contenders(place)
    const serving = await firsts(place, all)
    const round = async (way, options, keep) => {
      for (const contender of all) {
        const [version, former] = [place.checkout.change(), serving[contender.app]]
        for (const [kind, wanted] of [['deploy', version], ['rollback', former]]) {
          const one = await deed(place, contender, way, kind, wanted, options)
          note(`  ${contender.name}, ${kind}: ${ms(one.served)}, ${one.failed} of ${one.sent} failed`)
          keep(contender, kind, one)
        }
      }
    }
    note('warming up, with memory watched, which takes time')
    floorOnce(place.host)
    const watched = newTimes(all)
    await round(place.host, { memory: true }, ({ name }, kind, one) => watched[name][kind].push(one))
    const measured = []
    for (const roundTrip of roundTrips) {
      const way = roundTrip === 0 ? place.host : await place.far(roundTrip)
      const [times, floors] = [newTimes(all), []]
      for (let number = 1; number <= rounds; number++) {
        note(`at ${roundTrip} ms, round ${number} of ${rounds}`)
        floors.push(floorOnce(place.host, way))
        await round(way, {}, ({ name }, kind, one) => times[name][kind].push(one))
      }
      measured.push({ roundTrip, times, floors, busy: loadavg()[0] })
    }
    note('killed half-way')
    const kills = await killed(place, all, serving)
    return { rounds, cpus: cpus().length, busy, rate, ...told({ contenders: all, measured, watched, kills }) }
  } finally {
    place.remove()
  }
}

const newTimes = (all) => Object.fromEntries(all.map(({ name }) => [name, { deploy: [], rollback: [] }]))

/** The first version of each app; what serves, by app. */
async function firsts(place, all) {
  const [mirror, checksum] = rig('mirror').split('\n')
  const setUp = await act(place, 'setup-vm', place.host, { mirror, 'mirror-checksum': checksum, 'git-push': 'true' })
  if (setUp.code !== 0) throw new Error(setUp.log)
  const serving = {}
  for (const contender of firstOfEach(all)) {
    const version = place.checkout.version()
    const { code, log } = await contender.deploy(version, place.host)
    if (code !== 0) throw new Error(`${contender.name} ended with ${code}:\n${log}`)
    serving[contender.app] = version
  }
  return serving
}

const firstOfEach = (all) => all.filter(({ app }, index) => all.findIndex((one) => one.app === app) === index)

/** A version is deployed, the next one is killed, the host restarted, and then a person wants to go back. */
async function killed(place, all, serving) {
  const kills = {}
  for (const contender of firstOfEach(all)) {
    const good = place.checkout.change()
    await deed(place, contender, place.host, 'deploy', good)
    const next = place.checkout.change()
    kills[contender.name] = { good, next, ...await struck(place, contender, place.host, next, good) }
  }
  const afterwards = await restarted(place, firstOfEach(all))
  for (const contender of firstOfEach(all)) {
    const { code } = await contender.rollback(serving[contender.app], place.host)
    const answer = await fetch(`http://${place.host.address}:${contender.port}/`).then((response) => response.json()).catch(() => null)
    Object.assign(kills[contender.name], {
      restarted: afterwards[contender.app], wanted: serving[contender.app], back: answer?.version ?? null, backCode: code,
    })
  }
  return kills
}
