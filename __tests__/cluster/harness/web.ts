import { join } from 'node:path'
import { must, root } from '../../host/harness/command'
import type { Manifest } from './cluster'

/** What is wrong with the service: see rig/cluster/image. */
export type Variant = 'good' | 'crash' | 'sick' | 'slow' | 'oom' | 'late'

/** An image that pods can pull, as HOST/NAME:TAG and as HOST/NAME@DIGEST. */
export interface PodImage {
  readonly tag: string
  readonly digest: string
}

/** Made and pushed in a second. `name`: of the repository, default web. */
export async function podImage(version: string, variant: Variant = 'good', name = 'web'): Promise<PodImage> {
  const lines = await must(join(root, 'script', 'rig'), ['cluster-image', version, '--variant', variant, '--name', name])
  const [tag = '', digest = ''] = lines.split('\n')
  return { tag, digest }
}

/** A Deployment of the service with a readiness probe, and the Service before it. */
export function webManifests(name: string, image: string, replicas = 1): Manifest[] {
  const labels = { app: name }
  return [
    { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name },
      spec: {
        replicas, selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 5,
            containers: [{
              name: 'web', image, ports: [{ containerPort: 8080 }], resources: { limits: { memory: '64Mi' } },
              readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 },
            }],
          },
        },
      },
    },
  ]
}
