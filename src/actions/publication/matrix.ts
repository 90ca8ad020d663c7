import type { RunContext } from '../run-context'
import type { PublicationStep } from './inputs'

/** The job, in YAML, that publishes what the jobs of a matrix have deployed. */
export function publishingJob(step: PublicationStep, { job }: RunContext, env: NodeJS.ProcessEnv): string {
  const action = env['GITHUB_ACTION_REPOSITORY'] || 'OWNER/slipway'
  const { bump, preRelease, tag, config, environment, workingDirectory, releaseFiles } = step
  const given: readonly (readonly [string, string | null])[] = [
    ['operation', 'publish'], ['bump', bump === 'none' ? null : bump], ['pre-release', preRelease], ['tag', tag],
    ['config', config], ['working-directory', workingDirectory === '.' ? null : workingDirectory], ['environment', environment],
    ['release-files', releaseFiles.length === 0 ? null : releaseFiles.join('\n')],
  ]
  return [
    'publish:', `  needs: ${job || 'release'} # and all others that deploy it; where they are in a reusable workflow, the job that calls it`, '  if: (inputs.operation || \'deploy\') == \'deploy\'', '  runs-on: ubuntu-latest', '  permissions: { contents: write }', '  steps:',
    '    - uses: actions/checkout@<sha>', '      with: { fetch-depth: 0, persist-credentials: false }',
    ...releaseFiles.length === 0 ? [] : ['    # Here the files are made, or brought from the job that made them (actions/download-artifact).'],
    `    - uses: ${action}@${env['GITHUB_ACTION_REF'] || '<sha>'}`, '      with:', '        version: ${{ inputs.version }}',
    ...given.flatMap(([name, value]) => value === null ? [] : [`        ${name}: ${/^[A-Za-z][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value) ? value : JSON.stringify(value)}`]),
  ].join('\n')
}
