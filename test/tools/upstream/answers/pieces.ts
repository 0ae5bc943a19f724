/** Splits a text into the deltas it is streamed in, always the same way and never inside a character. */

const DEFAULT_SIZE = 8

const isLowSurrogate = (code: number) => code >= 0xdc00 && code <= 0xdfff

export function* piecesOf(text: string, pieces?: number): Generator<string> {
  const size = pieces ? Math.max(1, Math.ceil(text.length / pieces)) : DEFAULT_SIZE
  for (let start = 0, end; start < text.length; start = end) {
    end = start + size
    if (isLowSurrogate(text.charCodeAt(end))) end += 1
    yield text.slice(start, end)
  }
}
