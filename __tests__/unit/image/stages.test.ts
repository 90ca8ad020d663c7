import { runsOnTarget } from '../../../src/image/stages'

describe('a step that runs a program of the platform that is built for', () => {
  it.each<[string, string, number | null, string?]>([
    ['none where files are copied alone', 'FROM scratch\nCOPY app /app\n', null],
    ['any RUN', 'FROM debian\n# a comment\nRUN apt-get \\\n  update\n', 3],
    ['none in a stage of the processor that builds', 'FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app\n', null],
    ['the same by braces', 'FROM --platform=${BUILDPLATFORM} golang AS build\nRUN go build\nFROM scratch\nCOPY --from=build /app /app\n', null],
    ['none in a stage upon such a stage', 'FROM --platform=$BUILDPLATFORM golang AS base\nFROM base AS build\nRUN go build\nFROM scratch\nCOPY --from=build /a /a\n', null],
    ['one in the last stage', 'FROM --platform=$BUILDPLATFORM golang AS build\nRUN go build\nFROM debian\nRUN apt-get update\nCOPY --from=build /a /a\n', 4],
    ['one in a stage that is copied from', 'FROM debian AS build\nRUN make\nFROM scratch\nCOPY --from=build /a /a\n', 2],
    ['one in a stage that is copied from by its number', 'FROM debian\nRUN make\nFROM scratch\nCOPY --from=0 /a /a\n', 2],
    ['one in a stage that is mounted', 'FROM debian AS tools\nRUN make\nFROM --platform=$BUILDPLATFORM debian AS b\nRUN --mount=type=bind,from=tools,target=/t /t/x\nFROM scratch\nCOPY --from=b /a /a\n', 2],
    ['none in a stage that nobody uses', 'FROM debian AS test\nRUN make test\nFROM scratch\nCOPY a /a\n', null],
    ['one in the stage that is meant', 'FROM debian AS test\nRUN make test\nFROM scratch\nCOPY a /a\n', 2, 'TEST'],
    ['none in a document', 'FROM scratch\nCOPY <<EOF /script\nRUN this is text\nEOF\n', null],
    ['one for the platform that is built for', 'FROM --platform=$TARGETPLATFORM debian\nRUN make\n', 2],
    ['a stage that is called as its image', 'FROM debian AS debian\nRUN make\n', 2],
  ])('%s', (...[, dockerfile, line, target]) => {
    expect(runsOnTarget(dockerfile, target ?? null)).toBe(line)
  })
})
