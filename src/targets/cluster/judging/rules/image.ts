import type { ContainerCase, Finding, PodCase, PodRule } from '../verdict'

type Trouble = 'missing' | 'private' | 'architecture' | 'throttled' | 'unreachable'

/**
 * The registry has no such image. No pod of the revision can start its container, since all name the same one, unless a node
 * still holds it: then a pod there shows it. A registry that answers "not found" for a second while it is being pushed to is what
 * `settle` is too short for; images are made before they are rolled out.
 * Source: `ErrImagePull` with the runtime's words (containerd: `code = NotFound`, CRI-O: `manifest unknown`).
 */
export const imageMissing: PodRule = (at) => pulls(at, 'missing', ({ spec }) => ({
  message: `The registry has no image ${spec.image}.`,
  cure: 'Push the image first, or correct its name and tag in the values of the chart.',
  grace: at.patience.settle, shared: true,
}))

/** The registry refuses: no pull secret, or a wrong one. Docker Hub answers the same for repositories that do not exist. */
export const imagePrivate: PodRule = (at) => pulls(at, 'private', ({ spec }) => ({
  message: `The cluster may not pull ${spec.image}: ${at.parts.spec.pullSecrets.length === 0
    ? 'the pod names no pull secret' : `the registry refuses the pull secret ${at.parts.spec.pullSecrets.join(', ')}`}, or there is no such repository.`,
  cure: at.parts.spec.pullSecrets.length === 0
    ? `Make one, and name it under imagePullSecrets: kubectl create secret docker-registry NAME --namespace ${at.pod.namespace} --docker-server=…`
    : `Look what it holds: kubectl get secret ${at.parts.spec.pullSecrets[0] ?? ''} --namespace ${at.pod.namespace}`,
  grace: at.patience.settle, shared: true,
}))

/** The image is there, for other processors. A node of another kind may take the pod, so this is no other pod's trouble. */
export const imageArchitecture: PodRule = (at) => pulls(at, 'architecture', ({ spec }) => ({
  message: `The image ${spec.image} is not made for the processor of node ${at.parts.node}.`,
  cure: 'Build it for that processor too: `platforms` of build-image; or choose nodes by kubernetes.io/arch.',
  grace: at.patience.settle,
}))

/** Faults of the network, of the registry, and rate limits. The kubelet tries again after 10, 20, 40, 80 s: doom after the fourth time. */
export const imageUnreachable: PodRule = (at) => [
  ...pulls(at, 'throttled', ({ spec }) => ({
    message: `The registry of ${spec.image} asks for fewer requests.`,
    cure: 'Log in to it with a pull secret, or mirror the image in a registry of yours.', grace: at.patience.throttled,
  })),
  ...pulls(at, 'unreachable', ({ spec }) => ({
    message: `${spec.image} could not be pulled, time and again.`,
    cure: `See whether node ${at.parts.node} reaches the registry: kubectl describe pod ${at.pod.name} --namespace ${at.pod.namespace}`,
    grace: at.patience.passing,
  })),
]

/** The name is none (`InvalidImageName`), or pulling is forbidden and the node has it not (`ErrImageNeverPull`). Both are final. */
export const imageNameInvalid: PodRule = (at) => at.containers.flatMap(({ spec, status }) => {
  if (status.waiting?.reason === 'InvalidImageName') {
    return [{
      container: spec.name, event: status.waiting.message, grace: 0, shared: true,
      message: `\`${spec.image}\` is no name of an image.`, cure: 'Correct it in the values of the chart: REGISTRY/NAME:TAG, in small letters.',
    }]
  }
  if (status.waiting?.reason === 'ErrImageNeverPull') {
    return [{
      container: spec.name, event: status.waiting.message, grace: at.patience.settle,
      message: `${spec.image} is not on node ${at.parts.node}, and imagePullPolicy is Never.`, cure: 'Set imagePullPolicy to IfNotPresent.',
    }]
  }
  return []
})

function pulls(at: PodCase, trouble: Trouble, say: (one: ContainerCase) => Finding): readonly Finding[] {
  return at.containers.flatMap((one) => {
    const { waiting, pullError } = one.status
    if (waiting?.reason !== 'ErrImagePull' && waiting?.reason !== 'ImagePullBackOff') return []
    const words = pullError || failedPull(at, one.spec.image) || waiting.message
    return troubleOf(words, one.spec.image) === trouble ? [{ ...say(one), container: one.spec.name, event: words }] : []
  })
}

/** From the event, where the status says only that it waits. */
function failedPull(at: PodCase, image: string): string {
  return at.said.findLast(({ reason, message }) => reason === 'Failed' && message.startsWith(`Failed to pull image "${image}"`))?.message ?? ''
}

/** Network first: a token that could not be fetched in time is an "authorization failed" as well. */
export function troubleOf(words: string, image: string): Trouble {
  // What the image is called, and where it was asked for, is no part of the answer.
  const said = words.replaceAll(image, '').replace(/"[^"]*"/g, '').replace(/https?:\/\/\S+/g, '')
  if (/no match for platform|no matching manifest|no image found in (manifest list|image index) for architecture/i.test(said)) return 'architecture'
  if (/\b429\b|too ?many ?requests|rate limit/i.test(said)) return 'throttled'
  if (/time(d )?-?out|connection (refused|reset)|no such host|\bEOF\b|temporary failure|TLS handshake|deadline exceeded|no route to host|network is unreachable|\b50\d\b|x509|server gave HTTP response|try again/i.test(said)) {
    return 'unreachable'
  }
  if (/denied|unauthorized|\b40[13]\b|forbidden|insufficient_scope|authorization failed|no basic auth|authentication required/i.test(said)) return 'private'
  if (/not ?found|manifest unknown|name unknown|does not exist/i.test(said)) return 'missing'
  return 'unreachable'
}
