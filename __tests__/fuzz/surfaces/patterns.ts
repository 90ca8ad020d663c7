import fc from 'fast-check'
import { unbranched } from '../../../src/actions/gates/branched'
import { hiddenBy, parseIgnore } from '../../../src/image/ignore'
import { lineOf } from '../../../src/image/build-failures'
import { runsOnTarget } from '../../../src/image/stages'
import { surfaceOf } from '../surface'
import { mutated, text, word } from '../texts'

const pattern = fc.oneof(fc.array(fc.constantFrom('*', '**', '**/', '?', 'a', '/', '.', '[a-z]', '[!a]', '[z-a]', '[', ']', '\\', '!', '(', '+', '{', ' '), { maxLength: 30 }).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('*a', '**/a', '*?', '**/*', '*/'), fc.integer({ min: 5, max: 40 }), fc.constantFrom('', 'b')).map(([piece, times, end]) => piece.repeat(times) + end), text)
const dockerfile = 'FROM --platform=$BUILDPLATFORM golang:1 AS build\nRUN --mount=type=cache,target=/x go build \\\n  -o /a\nFROM build AS b\nRUN <<EOF\nx\nEOF\nFROM scratch\nCOPY --from=build /a /a\n'
const printed = '#7 [build 2/4] RUN npm ci\n#7 1.2 npm error code E404\n#7 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1\n------\nDockerfile:3\n--------------------\n'

/** Patterns of .dockerignore and of `gates`, Dockerfiles, and what a build prints. */
export const surface = surfaceOf({
  inputs: fc.record({ patterns: fc.array(pattern, { maxLength: 3 }), path: fc.oneof(fc.constantFrom('a/b/main.js', 'a'.repeat(200), 'a/'.repeat(60)), word, text), dockerfile: fc.oneof(mutated([dockerfile]), text), printed: fc.oneof(mutated([printed]), text) }),
  attempt({ patterns, path, dockerfile, printed }) {
    hiddenBy(parseIgnore(patterns.join('\n')), path)
    runsOnTarget(dockerfile, null)
    runsOnTarget(dockerfile, 'build')
    lineOf(dockerfile, printed.split('\n')[0] ?? '')
    const refused = unbranched(patterns, [path], [path, 'main'], 'a'.repeat(40))
    return refused === null ? undefined : [refused]
  },
})
