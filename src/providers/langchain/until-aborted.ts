/** Reads a stream until it ends or the reader is called off, whether or not the stream listens. */

export const untilAborted = async function* <Item>(
  opening: Promise<AsyncIterable<Item>>,
  signal: AbortSignal,
): AsyncGenerator<Item, undefined> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason as Error)
  // Nobody may be waiting when it happens.
  aborted.catch(() => undefined)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  let iterator: AsyncIterator<Item> | undefined
  try {
    opening.catch(() => undefined)
    iterator = (await Promise.race([opening, aborted]))[Symbol.asyncIterator]()
    for (;;) {
      const next = iterator.next()
      next.catch(() => undefined)
      const { done, value } = await Promise.race([next, aborted])
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', stop)
    // Left without waiting: a stream that does not listen would never let go.
    void iterator?.return?.().catch(() => undefined)
  }
}
