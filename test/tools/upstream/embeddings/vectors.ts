/** Made-up embeddings: the same text always has the same vector, of length one. */
import { createHash } from 'node:crypto'

export const vectorOf = (text: string, dimensions: number): number[] => {
  const seed = createHash('sha256').update(text).digest()
  const raw = Array.from(
    { length: dimensions },
    (_, index) => ((seed[index % seed.length] ?? 0) - 127.5) * Math.cos(index),
  )
  const length = Math.hypot(...raw) || 1
  return raw.map((value) => Math.fround(value / length))
}
