import { BuildProgress } from '../../../src/image/progress'

const after = (text: string): BuildProgress => {
  const progress = new BuildProgress()
  for (const line of text.split('\n')) progress.line(line)
  return progress
}

describe('the progress of a build', () => {
  it('by BuildKit: time and cache by stage, what is no stage last', () => {
    const progress = after(`#0 building with "rig" instance using remote driver
#1 [internal] load build definition from Dockerfile
#1 DONE 0.1s
#2 [build 1/3] FROM node
#2 CACHED
#3 exporting cache to client directory
#4 [build 2/3] RUN npm ci
#4 0.512 added 3 packages
#5 [stage-1 1/2] COPY . .
#5 DONE 0.2s
#4 DONE 12.5s
#6 [linux/arm64 build 2/3] RUN npm ci
#6 DONE 2.0s
#7 exporting to image
#7 DONE 3.0s
#3 DONE 7.0s`)
    expect(progress.stages()).toEqual([
      { name: 'context', steps: 1, cached: 0, took: 100 },
      { name: 'build', steps: 2, cached: 1, took: 12_500 },
      { name: 'stage-1', steps: 1, cached: 0, took: 200 },
      { name: 'linux/arm64 build', steps: 1, cached: 0, took: 2000 },
      { name: 'cache', steps: 1, cached: 0, took: 7000 },
      { name: 'export and push', steps: 1, cached: 0, took: 3000 },
    ])
    expect(progress.steps.map(({ name, cached }) => [name, cached])).toEqual([
      ['[build 1/3] FROM node', true], ['[build 2/3] RUN npm ci', false], ['[stage-1 1/2] COPY . .', false], ['[linux/arm64 build 2/3] RUN npm ci', false],
    ])
  })

  it('by an Engine', () => {
    const progress = after('Step 1/2 : FROM scratch\n ---> \nStep 2/2 : COPY a /\n ---> Using cache\n ---> 0123')
    expect(progress.steps).toEqual([
      { name: '[1/2] FROM scratch', cached: false, took: null }, { name: '[2/2] COPY a /', cached: true, took: null },
    ])
  })
})
