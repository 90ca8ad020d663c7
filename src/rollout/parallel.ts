/** Does `work` on all items, at most `most` at a time, in order; once `stop` says so, starts no more. Never rejects by itself. */
export async function inParallel<T>(
  items: readonly T[], most: number, work: (item: T) => Promise<unknown>, stop: () => boolean = () => false,
): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    while (queue.length > 0 && !stop()) {
      for (const item of queue.splice(0, 1)) await work(item)
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, Math.min(most, items.length)) }, worker))
}
