import { buildFailure, lineOf, pushFailureOf, type FailedBuild } from '../../../src/image/build-failures'

const base: FailedBuild = { output: '', file: 'Dockerfile', dockerfile: '', ignore: null, exists: () => false, builder: 'rig' }
const code = (output: string): string => buildFailure({ ...base, output }).code

describe('what a build failed of', () => {
  it.each([
    ['ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1', 'build-failed'],
    ['#5 ERROR: write /x: no space left on device\nERROR: failed to solve: write /x: no space left on device', 'build-disk-full'],
    ['#5 0.1 exec /bin/sh: exec format error\nERROR: failed to solve: process "/bin/sh" did not complete successfully: exit code: 255', 'platform-not-emulated'],
    ['#2 [internal] load metadata for r.example/x:1\nERROR: failed to solve: r.example/x:1: failed to resolve source metadata for r.example/x:1: r.example/x:1: not found', 'base-image-unavailable'],
    ['Step 1/2 : FROM nothing\npull access denied for nothing, repository does not exist or may require \'docker login\'', 'base-image-unavailable'],
    ['ERROR: failed to solve: target stage "web" could not be found', 'build-target-unknown'],
    ['ERROR: failed to solve: dockerfile parse error on line 2: unknown instruction: COPPY', 'dockerfile-invalid'],
    ['ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref x::y: "/a b": not found', 'copy-missing'],
  ])('%s', (output, expected) => {
    expect(code(output)).toBe(expected)
  })

  it('is a step whose line is found by its words where the builder does not say it', () => {
    const dockerfile = 'FROM scratch\n\nRUN a && \\\n    b\n# RUN c\nRUN c\n'
    expect(lineOf(dockerfile, 'RUN a &&     b')).toBe(3)
    expect(lineOf(dockerfile, 'RUN c')).toBe(6)
    expect(lineOf(dockerfile, 'RUN d')).toBeNull()
  })
})

describe('what a push failed of', () => {
  it.each<[string, boolean | null]>([
    ['ERROR: failed to solve: failed to push r.example/a: unexpected status from POST request to https://r.example/v2/a/blobs/uploads/: 500 Internal Server Error', true],
    ['ERROR: failed to solve: failed to push r.example/a: failed to do request: Put "https://r.example": EOF', true],
    ['ERROR: failed to solve: failed to push r.example/a: unexpected status: 403 Forbidden', false],
    ['ERROR: failed to solve: failed to push r.example/a: authorization failed: no basic auth credentials: 401 Unauthorized', false],
    ['ERROR: failed to solve: failed to push r.example/a: push access denied, repository does not exist or may require authorization', false],
    ['ERROR: failed to solve: process "/bin/sh -c false" did not complete successfully: exit code: 1', null],
  ])('%s', (output, passing) => {
    expect(pushFailureOf(output)?.passing ?? null).toBe(passing)
  })

  it('is said without what BuildKit puts before it', () => {
    expect(pushFailureOf('#5 ERROR: failed to push r.example/a: unknown: why\nERROR: failed to solve: failed to push r.example/a: unknown: why')?.why)
      .toBe('failed to push r.example/a: unknown: why')
  })
})
