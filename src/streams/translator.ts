/** A machine that turns one kind of item into another, as they come: synchronous, with its state in a closure. */
export type Translator<In, Out> = (emit: (item: Out) => void) => Translation<In>

export interface Translation<In> {
  push(item: In): void
  /** No more will come. Says whatever was still held back. */
  end(): void
}

/** Runs one translator behind another. */
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

/** Runs a translator over items that are all there. */
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
