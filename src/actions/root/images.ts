import { givenVariables } from '../../config'
import { collecting, Failure, failuresOf, throwAll } from '../../errors'
import { pinnedOf, type ServiceImage } from '../../image/outcome'
import { commitTag } from '../../image/names'
import type { RootInputs } from '../../inputs'
import { wrongTarget } from '../../targets/host/wrong-target'
import type { Redactor } from '../../report/redact'
import { hide } from '../hiding'
import { readCluster } from '../cluster/asked'
import { placeInCluster, prepareCluster } from '../cluster/prepared'
import { readCompose } from '../compose/asked'
import { parseImages } from '../compose/images'
import type { Asked } from '../image/asked'
import { buildImages } from '../image/building'
import { toldOf, type ToldImages } from '../image/telling'
import type { Wanted } from '../image/wanted'
import { oneHostForAcme } from '../fleet-names'
import { holdGates } from '../gates'
import { openPublication } from '../publication/opening'
import { placeOfHosts } from '../publication/places'
import { reach } from '../rolling'
import type { RunContext } from '../run-context'
import { secretsOf, Source } from '../source'
import type { Place } from './place'

export interface ImagesForRollout {
  readonly told: ToldImages
  /** For the input `images` of the deployment that follows: what was given, and what was built. */
  readonly images: string
}

/** Stands for an image in what is decided before it is built. */
const standIn = `sha256:${'0'.repeat(64)}`

/**
 * Builds what the inputs ask for, by the functions of build-image, once nothing speaks against its deployment any more. Throws all that does;
 * what fails of the build is in what is told.
 */
export async function imagesFor(place: Place, inputs: RootInputs, context: RunContext, signal: AbortSignal, redactor: Redactor): Promise<ImagesForRollout> {
  const given = parseImages(inputs.images ?? '')
  const { images, notes } = await buildImages({
    inputs, signal, redactor, composeFirst: place === 'hosts', registry: inputs.registry,
    check: async (wanted, asked) => {
      refuseNowhere(place, inputs, asked)
      refuseTwice(given.map(({ service }) => service), wanted)
      const standing = Object.fromEntries(wanted.images.flatMap(({ services, image }) => services.map((service) => [service, `${image.text}@${standIn}`])))
      const whole = { ...inputs, images: asText([...given, ...Object.entries(standing).map(([service, reference]) => ({ service, reference }))]) }
      await (place === 'cluster' ? checkCluster : checkHosts)(whole, context, signal, redactor)
    },
  })
  const built = images.flatMap((image) => image.services.map((service) => ({ service, reference: referenceFor(image, inputs) })))
  const stands = built.some(({ reference }) => reference.endsWith(standIn)) ? ['In what would be done `sha256:000000000000…` stands for what is yet to be built.'] : []
  const told = toldOf(images, [...notes, ...stands], redactor, 3)
  return { told: { ...told, lines: [...told.lines, ...stands] }, images: asText([...given, ...built]) }
}

/** By its digest; where nothing is pushed, as the runner's Engine has it; in a dry run a stand-in for what is yet to be built. */
function referenceFor({ outcome }: ServiceImage, { dryRun }: RootInputs): string {
  const pinned = pinnedOf(outcome)
  if (pinned !== '') return pinned
  return dryRun ? `${outcome.image}@${standIn}` : `docker-daemon:${outcome.image}:${commitTag(outcome.commit)}`
}

const asText = (images: readonly { readonly service: string; readonly reference: string }[]): string =>
  JSON.stringify(Object.fromEntries(images.map(({ service, reference }) => [service, reference])))

/** What no target could get would be built for nothing. */
function refuseNowhere(place: Place, { load }: RootInputs, { notPushed }: Asked): void {
  if (notPushed === '' || (place === 'hosts' && load)) return
  throw new Failure({
    code: 'image-nowhere',
    what: `The image would be built and not pushed: ${notPushed}.`,
    why: place === 'hosts' ? 'Hosts pull images from a registry, or get what the Docker Engine of the runner has.' : 'Nodes of a cluster pull images from a registry.',
    cure: place === 'hosts' ? 'Write `push: \'true\'`; or, without a registry, `push: \'false\'` and `load: \'true\'`.' : 'Write `push: \'true\'`.',
  })
}

function refuseTwice(given: readonly string[], { images }: Wanted): void {
  const both = images.flatMap(({ services }) => services).filter((service) => given.includes(service))
  if (both.length === 0) return
  throw new Failure({
    code: 'inputs-contradict',
    what: `The input \`images\` says what ${both.map((service) => `\`${service}\``).join(', ')} runs, and it is to be built as well.`,
    cure: 'Take it out of `images`; or take away what asks for the build, such as `image`.',
  })
}

/** All that can be wrong before a host is connected to. */
async function checkHosts(inputs: RootInputs, context: RunContext, signal: AbortSignal, redactor: Redactor): Promise<void> {
  const failures: Failure[] = []
  const publication = await openPublication({ ...inputs, operation: 'deploy' }, { context, placeOf: placeOfHosts(inputs), signal, redactor }, failures)
  collecting(failures, () => reach(inputs))
  const asked = collecting(failures, () => readCompose(inputs, true))
  await using source = await Source.open({ ...inputs, compose: asked?.inputs }, context, signal)
  try {
    const { commit, located } = await source.wanted(publication === null ? null : async (...of) => await publication.name(...of))
    const { config, project } = located
    if (config.target !== 'docker') throw wrongTarget(config.target, ['docker'])
    const fleet = oneHostForAcme(config, inputs.hosts.length)
    if (fleet !== null) failures.push(fleet)
    hide(Object.values(collecting(failures, () => secretsOf(located, process.env)) ?? {}), redactor)
    if (config.compose !== undefined && project !== null) failures.push(...givenVariables(config.compose, project, process.env).failures)
    const { githubToken, ignoreGates, dryRun } = inputs
    await holdGates(located.gates, { git: source.checkout.git, commit, githubToken, ignore: ignoreGates, dryRun, context, signal, redactor, now: new Date() })
  } catch (error) {
    const found = failuresOf(error)
    if (found.length === 0) {
      // That there is nothing to release makes nothing of it right.
      throwAll(failures)
      throw error
    }
    failures.push(...found)
  }
  throwAll(failures)
}

async function checkCluster(inputs: RootInputs, context: RunContext, signal: AbortSignal, redactor: Redactor): Promise<void> {
  const whole = { ...inputs, operation: 'deploy' } as const
  const asked = await readCluster(whole, process.env)
  hide(asked.secrets, redactor)
  const failures: Failure[] = []
  const publication = await openPublication(whole, { context, placeOf: placeInCluster(asked), signal, redactor }, failures)
  throwAll(failures)
  const work = await prepareCluster({ ...whole, loginOfImage: true }, asked, context, signal, redactor, publication)
  if (work.kind === 'deploy') await work.source[Symbol.asyncDispose]()
}
