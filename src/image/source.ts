/** An image somewhere on the runner that hosts can be given: what both sides of the transfer know of it. */
export interface ImageSource extends AsyncDisposable {
  /** `NAME@sha256:…`: what a release says it consists of. */
  readonly reference: string
  /** What it is for one platform. Throws a `Failure` (`platform-missing`) when it is not for that. */
  image(platform: Platform): Promise<ImageContent>
}

export interface Platform {
  readonly os: string
  readonly architecture: string
}

export interface ImageContent {
  /** The configuration as it stands in the image: its bytes have a digest. */
  readonly config: Buffer
  /** From the bottom. */
  readonly layers: readonly LayerContent[]
}

export interface LayerContent {
  /** Digest of the tar that `open` gives. */
  readonly diffId: string
  /** Of that tar; null while nobody has read it, since it is stored compressed. */
  readonly size: number | null
  open(): AsyncIterable<Uint8Array>
}
