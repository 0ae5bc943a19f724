/** Reads a stream until it ends or the signal aborts, even if the stream ignores the signal. */

export const untilAborted = async function* <Item>(
  opening: Promise<AsyncIterable<Item>>,
  signal: AbortSignal,
): AsyncGenerator<Item, undefined> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason as Error)
  // An abort may come while nothing awaits the promise.
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
    // Not awaited: a stream that ignores the signal might never return.
    void iterator?.return?.().catch(() => undefined)
  }
}
