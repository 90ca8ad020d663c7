import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Steps of composite actions that do here what those of others do on GitHub. act leaves actions/checkout out by itself. */
const standIns: Readonly<Record<string, object>> = {
  // There is one builder, and it is not in use before.
  'docker/setup-buildx-action': { steps: [{ shell: 'bash', run: 'docker buildx use rig' }] },
  'actions/upload-artifact': {
    inputs: { name: { required: true }, path: { required: true }, overwrite: { required: true } },
    steps: [{
      shell: 'bash', run: 'mkdir -p "$SLIPWAY_TEST_ARTIFACTS/$NAME" && cp "$FILE" "$SLIPWAY_TEST_ARTIFACTS/$NAME/"',
      env: { NAME: '${{ inputs.name }}', FILE: '${{ inputs.path }}' },
    }],
  },
  'actions/download-artifact': {
    inputs: { 'path': { required: true }, 'pattern': { required: true }, 'merge-multiple': { required: true } },
    steps: [{
      shell: 'bash', run: 'mkdir -p "$FOLDER" && cp "$SLIPWAY_TEST_ARTIFACTS"/$PATTERN/* "$FOLDER/"',
      env: { FOLDER: '${{ inputs.path }}', PATTERN: '${{ inputs.pattern }}' },
    }],
  },
}

/** Writes the stand-in of each action that is used and is not Slipway's own; resolves with what act takes by `--local-repository`. */
export function writeStandIns(folder: string, used: readonly string[]): string[] {
  return used.flatMap((uses) => {
    const [repository = '', ref = ''] = uses.split('@')
    const standIn = standIns[repository]
    if (standIn === undefined) return []
    const place = join(folder, repository.replace('/', '+'))
    const { inputs = {}, steps } = standIn as { readonly inputs?: object; readonly steps: readonly object[] }
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'action.yml'), JSON.stringify({ name: repository, inputs, runs: { using: 'composite', steps } }))
    return [`${repository}@${ref}=${place}`]
  })
}
