import { createHash } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'

export interface File {
  readonly name: string
  readonly data?: Buffer
  /** Of tar. Default: a regular file. */
  readonly type?: string
  readonly link?: string
}

export const digestOf = (data: Buffer | string): string => `sha256:${createHash('sha256').update(data).digest('hex')}`

/** A tar, as plain as one can be. */
export function tar(files: readonly File[]): Buffer {
  return Buffer.concat([...files.flatMap(({ name, data = Buffer.alloc(0), type = '0', link = '' }) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write('0000644\0', 100)
    header.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124)
    header.write('00000000000\0        ', 136)
    header.write(type, 156)
    header.write(link, 157)
    header.write('ustar\x0000', 257)
    header.write(`${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, '0')}\0 `, 148)
    return [header, data, Buffer.alloc((512 - data.length % 512) % 512)]
  }), Buffer.alloc(1024)])
}

export interface PlatformImage {
  readonly architecture: string
  /** Plain tars. */
  readonly layers: readonly Buffer[]
  readonly compression?: 'none' | 'gzip' | 'zstd'
  /** Over the configuration. */
  readonly config?: object
}

interface Blob {
  readonly digest: string
  readonly size: number
}

/** An OCI archive as Buildx writes it: of one platform its manifest, of several an index of them, with an attestation. */
export function ociArchive(images: readonly PlatformImage[], name?: string): Buffer {
  const blobs = new Map<string, Buffer>()
  const add = (data: Buffer): Blob => {
    blobs.set(digestOf(data), data)
    return { digest: digestOf(data), size: data.length }
  }
  const json = (value: object): Blob => add(Buffer.from(JSON.stringify(value)))
  const manifests = images.map(({ architecture, layers, compression = 'gzip', config = {} }) => {
    const stored = layers.map((layer) => compression === 'gzip' ? gzipSync(layer) : compression === 'zstd' ? zstdCompressSync(layer) : layer)
    const described = json({ architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: layers.map((layer) => digestOf(layer)) } })
    const suffix = compression === 'none' ? '' : `+${compression}`
    return {
      mediaType: 'application/vnd.oci.image.manifest.v1+json', platform: { os: 'linux', architecture }, ...json({
        schemaVersion: 2, config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...described },
        layers: stored.map((layer) => ({ mediaType: `application/vnd.oci.image.layer.v1.tar${suffix}`, ...add(layer) })),
      }),
    }
  })
  const attestation = { mediaType: 'application/vnd.oci.image.manifest.v1+json', platform: { os: 'unknown', architecture: 'unknown' }, ...json({ schemaVersion: 2 }) }
  const [first] = manifests
  const top = manifests.length === 1 ? { ...first } : { mediaType: 'application/vnd.oci.image.index.v1+json', ...json({ schemaVersion: 2, manifests: [...manifests, attestation] }) }
  const annotations = name === undefined ? {} : { annotations: { 'io.containerd.image.name': name } }
  return tar([
    ...[...blobs].map(([digest, data]) => ({ name: `blobs/sha256/${digest.slice(7)}`, data })),
    { name: 'index.json', data: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [{ ...top, ...annotations }] })) },
    { name: 'oci-layout', data: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
  ])
}
