import { Failure } from '../../../src/errors'
import { parseArgument, parseLabels, parsePlatforms, parseSecret } from '../../../src/image/request'
import { parseImageName } from '../../../src/drivers/registry'

const failure = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${error.what} ${error.cure}`
    throw error
  }
  return 'none'
}
const none = (): null => null

describe('names of images', () => {
  it.each([
    ['ada/shop', 'docker.io', 'ada/shop'],
    ['nginx', 'docker.io', 'library/nginx'],
    ['index.docker.io/ada/shop', 'docker.io', 'ada/shop'],
    ['localhost/shop', 'localhost', 'shop'],
    ['127.0.0.1:5000/a/b/c', '127.0.0.1:5000', 'a/b/c'],
    ['Registry.Example.com/ada/shop__x', 'registry.example.com', 'ada/shop__x'],
    ['[::1]:5000/shop', '[::1]:5000', 'shop'],
  ])('%s', (text, registry, path) => {
    expect(parseImageName(text)).toEqual({ text, registry, path })
  })

  it.each([
    ['https://r.example/ada/shop', /URL.*`image: r\.example\/ada\/shop`/],
    ['r.example/ada/shop:latest', /holds a tag.*`image: r\.example\/ada\/shop`/],
    ['r.example:5000/ada/shop:v1', /holds a tag.*`image: r\.example:5000\/ada\/shop`/],
    ['r.example/ada/shop@sha256:0', /holds a digest/],
    ['r.example/Ada/Shop', /capital letters.*`image: r\.example\/ada\/shop`/],
    ['r.example/ada//shop', /no name of an image/],
    ['r.example/-ada', /no name of an image/],
    ['r_x.example:99/ada', /no registry/],
  ])('%s is refused with what to write', (text, words) => {
    expect(failure(() => parseImageName(text))).toMatch(words)
  })
})

describe('inputs of a build', () => {
  it('arguments', () => {
    expect(parseArgument('A=b=c', {})).toEqual({ name: 'A', value: 'b=c' })
    expect(parseArgument('A=', {})).toEqual({ name: 'A', value: '' })
    expect(parseArgument('A', { A: 'x' })).toEqual({ name: 'A', value: 'x' })
    expect(failure(() => parseArgument('A', {}))).toMatch(/^build-arg: .*`A`, which has no value/)
    expect(failure(() => parseArgument('a b=c', {}))).toMatch(/^build-arg: .*no argument/)
  })

  it('secrets', () => {
    expect(parseSecret('npm', { npm: 'x' }, none)).toEqual({ id: 'npm', from: 'env', name: 'npm', value: 'x' })
    expect(parseSecret('npm=T', { T: 'x' }, none)).toEqual({ id: 'npm', from: 'env', name: 'T', value: 'x' })
    expect(parseSecret('rc=file:.npmrc', {}, () => ({ path: '/w/.npmrc', bytes: 3 }))).toEqual({ id: 'rc', from: 'file', path: '/w/.npmrc' })
    expect(failure(() => parseSecret('rc=file:.npmrc', {}, () => ({ path: '/w/.npmrc', bytes: 0 })))).toMatch(/^build-secret-missing: .*is empty: the file \.npmrc/)
  })

  it('of what JavaScript has in every object are not given', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(failure(() => parseArgument(name, {}))).toMatch(/^build-arg: /)
      expect(failure(() => parseSecret(name, {}, none))).toMatch(new RegExp(`^build-secret-missing: .*is not given: the variable ${name}`))
    }
  })

  it('never say again what may be a secret', () => {
    expect(failure(() => parseSecret('=hunter2', {}, none))).not.toContain('hunter2')
    expect(failure(() => parseSecret('npm=hunter-2', {}, none))).not.toContain('hunter-2')
  })

  it('platforms and labels', () => {
    expect(parsePlatforms(['linux/amd64, linux/arm/v7', 'linux/amd64'])).toEqual(['linux/amd64', 'linux/arm/v7'])
    expect(failure(() => parsePlatforms(['amd64']))).toMatch(/^platform: `amd64`/)
    expect(parseLabels(['com.example.team=a=b'])).toEqual({ 'com.example.team': 'a=b' })
    expect(failure(() => parseLabels(['team']))).toMatch(/^label: `team`/)
  })
})
