import type { ImageName } from '../../drivers/registry'
import type { Position } from '../../errors'
import type { BuildArgument, BuildSecret } from '../../image/request'
import type { MadeDockerfile } from '../../image/dockerfile'
import type { SshAsked } from './ssh'

/** An image that is to be built: what inputs and Compose files say, brought together. Paths are from the app's folder. */
export interface WantedImage {
  /** Those that run it; the app, for one Dockerfile. */
  readonly services: readonly string[]
  readonly image: ImageName
  readonly title: string
  readonly context: string
  readonly dockerfile: WantedDockerfile
  readonly target: string | null
  readonly args: readonly BuildArgument[]
  readonly secrets: readonly BuildSecret[]
  readonly ssh: readonly SshAsked[]
  readonly platforms: readonly string[]
  readonly cacheFrom: readonly string[]
  readonly cacheTo: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly contexts: Readonly<Record<string, string>>
  readonly at: Position | undefined
}

export type WantedDockerfile =
  | { readonly kind: 'file'; readonly path: string }
  /** There is none: one was made. */
  | { readonly kind: 'made'; readonly made: MadeDockerfile }
  /** It stands in the Compose file. */
  | { readonly kind: 'inline'; readonly text: string }

export interface Wanted {
  readonly images: readonly WantedImage[]
  /** What is told, of none of the images alone. */
  readonly notes: readonly string[]
  /** Compose files say what is built. */
  readonly ofCompose: boolean
}
