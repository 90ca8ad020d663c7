import { Failure } from '../../errors'
import type { AppConfig, ServiceConfig } from '../../config/types'

/** What of a configuration the chart cannot do. `place`: `services.api.static`. */
export function unmappable(config: AppConfig): readonly Failure[] {
  const found: Failure[] = []
  const refuse = (place: string, cure: string, why = ''): void => {
    found.push(new Failure({ code: 'cluster-unmapped', what: `\`${place}\` cannot be done by the chart of Slipway.`, why, cure }))
  }
  const { shared, scratch, artifacts, packages, open, aliases, hsts, trustedProxies, pages } = config
  if (shared.length > 0) refuse('shared', 'Keep it in a database or an object store; or bring a chart of your own with a PersistentVolumeClaim.', 'Pods on several nodes share no file system.')
  if (scratch.length > 0) {
    refuse('scratch', 'Name the folder as the image has it: `cluster: { values: { services: { web: { scratch: [/app/tmp] } } } }`. /tmp may be written to without.',
      'Where in the image a path of the repository lies is not known.')
  }
  if (artifacts.length > 0) refuse('artifacts', 'Put them into the image, by COPY in the Dockerfile.')
  if (packages.length > 0) refuse('packages', 'Install them in the Dockerfile.')
  if (open.length > 0) refuse('open', 'Remove it: ports are opened by a Service of type LoadBalancer, in a chart of your own.')
  if (aliases.length > 0) refuse('aliases', 'Add them to `domain`, or redirect at the ingress controller or gateway.', 'An Ingress knows no redirects.')
  if (hsts !== null) refuse('hsts', 'Say it at the ingress controller or gateway, where TLS ends.')
  if (trustedProxies.length > 0) refuse('trusted-proxies', 'Say it at the ingress controller or gateway; for the nginx of the chart: `cluster: { values: { proxy: { trustedProxies: […] } } }`.')
  if (pages.error !== undefined || pages.maintenance !== undefined) refuse('pages', 'Say it at the ingress controller or gateway.')
  for (const service of config.services) ofService(service, (key, cure, why) => refuse(`services.${service.name}.${key}`, cure, why))
  return found
}

function ofService(service: ServiceConfig, refuse: (key: string, cure: string, why?: string) => void): void {
  const { static: site, protocol, listen, tasks, sandbox, after, build, installSecrets, path, stop, start, overlap, instances } = service
  if (site !== null) {
    refuse('static', 'Let the image serve them, by nginx for instance, and write `route` and `health` alone.', 'There is no router of ours that could.')
    return
  }
  if (path !== '.') refuse('path', 'Remove it: a container begins in the WORKDIR of its image.')
  if (build.length > 0) refuse('build', 'Write it as `RUN` into the Dockerfile.', 'An image is built once, and runs everywhere.')
  if (installSecrets.length > 0) refuse('install.secrets', 'Give them to the build of the image: `build-secrets` of build-image.')
  if (protocol !== 'http') {
    refuse('protocol', protocol === 'uwsgi' ? 'Let uWSGI speak HTTP: `--http-socket 0.0.0.0:$PORT`.' : 'Put an nginx beside it into the image, and remove it.', 'What leads requests into a cluster speaks HTTP.')
  }
  if (listen !== 'port') refuse('listen', 'Let it listen on `0.0.0.0:$PORT`, and remove it.', 'Between pods there is a network, and no file system.')
  if (tasks !== null) refuse('tasks', 'Remove it: processes of a pod are limited by the kubelet (podPidsLimit).')
  if (sandbox.namespaces || sandbox.devices) refuse('sandbox', 'Remove it, or bring a chart of your own.', 'Pods of this chart keep to the restricted security level.')
  if (after.length > 0) {
    refuse('after', 'Make it a step of the workflow behind this one, or a service of its own with `schedule: once`.', 'A hook of Helm would run it when all is applied, and nothing is ready yet.')
  }
  if (stop.signal !== 'SIGTERM') refuse('stop.signal', `Write \`STOPSIGNAL ${stop.signal}\` into the Dockerfile, and remove it.`, 'The signal is a part of the image.')
  if (!overlap && instances > 1) refuse('instances', 'Write `instances: 1`.', 'With `overlap: false` there are never two at once.')
  if (/(^|[\s/=])(127\.0\.0\.1|localhost|\[::1\]):\$\{?PORT\b/.test(start)) {
    refuse('start', 'Write `0.0.0.0:$PORT` there.', 'A pod is asked from outside; on 127.0.0.1 nobody but itself would reach it.')
  }
}
