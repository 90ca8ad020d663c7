import { chartKeys, clusterKeys } from './cluster/keys'
import type { JsonSchema } from './format'
import { gateKeys } from './gates'
import {
  commandKeys, composeKeys, file, healthKeys, installKeys, pageKeys, rolloutKeys, sandboxKeys, serviceKeys, siteKeys, stopKeys, topKeys
} from './keys'
import type { Keys } from './shapes'

/** The published JSON Schema (draft 7) of slipway.yml. Editors read it; Slipway itself checks more, and says where. */
export function configSchema(): JsonSchema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'slipway.yml',
    description: 'What of a repository runs, and how it is rolled out.',
    ...file.json(false)
  }
}

/** The tables of docs/configuration.md, in Markdown. */
export function configReference(): string {
  return [
    section('At the top', topKeys),
    section('`compose`, in its long form', composeKeys),
    section('`cluster`, in its long form', clusterKeys),
    section('`chart`, in its long form', chartKeys),
    section('In a service', serviceKeys),
    section('`health`, in its long form', healthKeys),
    section('A command of `build`, `before` or `after`, in its long form', commandKeys),
    section('`install`, in its long form', installKeys),
    section('`stop`', stopKeys),
    section('`sandbox`', sandboxKeys),
    section('`static`, in its long form', siteKeys),
    section('`pages`', pageKeys),
    section('`rollout`', rolloutKeys),
    section('`gates`', gateKeys)
  ].join('\n')
}

function section(title: string, keys: Keys): string {
  const rows = Object.entries(keys).map(([name, { about, fallback, shape }]) =>
    `| \`${name}\` | ${cell(about)} | ${cell(fallback)} | \`${cell(`${name}: ${shape.example}`)}\` |`)
  return [`### ${title}`, '', '| key | what it says | default | example |', '|---|---|---|---|', ...rows, ''].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
