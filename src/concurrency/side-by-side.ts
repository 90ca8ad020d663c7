/**
 * Does `work` on all items, at most `most` at a time, in their order. After the first that fails no other is begun; rejects with its reason
 * when those in hand have ended.
 */
export async function sideBySide<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  let failed: { readonly reason: unknown } | null = null
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && failed === null; item = queue.shift()) {
      try {
        await work(item)
      } catch (reason) {
        failed ??= { reason }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  if (failed !== null) throw (failed as { readonly reason: unknown }).reason
}
