import type { AppConfig } from '../config'

/** A version, or an address: which one is gone back to is not known before. */
const numbered = /^v?\d+(\.\d+){1,3}([-+][0-9A-Za-z.-]+)?$/

/**
 * Tells which values everybody may read: a version, or a part of the app's names, of its hosts, of images, of `more`. A variable of the step that is such, as
 * a domain or a registry is, would hide nothing when it is masked: but GitHub leaves each output out of the next job that has a masked text in it.
 */
export function inTheOpen({ app, domains, aliases, compose }: AppConfig, more: readonly string[]): (value: string) => boolean {
  const texts = [app, ...domains, ...aliases, ...Object.values(compose?.images ?? {}), ...more]
  // A word of a name may be somebody's password: only what is a name itself is taken for a part of another.
  return (value) => numbered.test(value) || texts.some((text) => text === value || (/[./:]/.test(value) && text.includes(value)))
}
