import type { Located } from '../../config'

/** Where a run deploys to, for what GitHub is told: the jobs of a matrix, which have one name, differ by it, and runs after each other have the same. */
export type PlaceOf = (located: Located) => string

/** Hosts, in whatever order their lines are; behind another bastion those of the same addresses are others. */
export function placeOfHosts({ hosts, bastion }: { readonly hosts: readonly string[]; readonly bastion: string | null }): PlaceOf {
  const place = [...new Set(hosts.map((line) => line.replace(/#.*$/, '').trim()).filter(Boolean))].sort().concat(bastion === null ? [] : [`by ${bastion}`]).join('\n')
  return () => place
}
