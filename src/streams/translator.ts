/** Converts a stream of one kind of item into another, synchronously, with its state in a closure. */
export type Translator<In, Out> = (emit: (item: Out) => void) => Translation<In>

export interface Translation<In> {
  push(item: In): void
  /** No more items follow. Emits everything that was held back. */
  end(): void
}

/** Runs the output of one translator through another. */
export const compose =
  <In, Between, Out>(
    first: Translator<In, Between>,
    second: Translator<Between, Out>,
  ): Translator<In, Out> =>
  (emit) => {
    const behind = second(emit)
    const front = first((item) => behind.push(item))
    return {
      push: (item) => front.push(item),
      end() {
        front.end()
        behind.end()
      },
    }
  }

/** Runs a translator over a complete list of items. */
export const translateAll = <In, Out>(
  translator: Translator<In, Out>,
  items: Iterable<In>,
): Out[] => {
  const out: Out[] = []
  const translation = translator((item) => out.push(item))
  for (const item of items) translation.push(item)
  translation.end()
  return out
}
