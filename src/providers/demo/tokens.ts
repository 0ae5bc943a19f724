/** The demo's own tokenizer: a simple rule that anyone can apply. */
import type { ModelRequest, Part, Tool, Turn } from '#model'

// A token is up to twelve letters, digits or underscores, or one other character, with the white space before it.
const TOKEN = /\s*(?:[\p{L}\p{M}\p{N}_]{1,12}|\S)|\s+/gu

/** The count for an image, audio or binary file of any size. */
const TOKENS_PER_ATTACHMENT = 100

/** Splits a text into tokens; joined, they are the text again. */
export const tokenize = function* (text: string): Generator<string> {
  for (const [token] of text.matchAll(TOKEN)) yield token
}

export const countTokens = (text: string): number => {
  const token = new RegExp(TOKEN)
  let count = 0
  while (token.test(text)) count++
  return count
}

/** The text of the first tokens. */
export const firstTokens = (text: string, limit: number): string => {
  const token = new RegExp(TOKEN)
  for (let count = 0; count < limit; count++) if (!token.test(text)) return text
  return text.slice(0, token.lastIndex)
}

/** Counts everything in a request that a model would read. */
export const countRequestTokens = (request: ModelRequest): number =>
  sum(request.turns, (turn: Turn) => sum(turn.parts, countPart)) + sum(request.tools, countTool)

const sum = <Item>(items: readonly Item[], count: (item: Item) => number): number =>
  items.reduce((total, item) => total + count(item), 0)

const countPart = (part: Part): number => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return countTokens(part.text)
    case 'tool-call':
      return countTokens(part.name) + countTokens(part.arguments)
    case 'tool-result':
      return sum(part.parts, countPart)
    case 'tool-reference':
      return countTokens(part.name)
    case 'file':
      return part.source.kind === 'text' ? countTokens(part.source.text) : TOKENS_PER_ATTACHMENT
    case 'image':
    case 'audio':
      return TOKENS_PER_ATTACHMENT
    case 'native':
      return countTokens(JSON.stringify(part.value) ?? '')
  }
}

const countTool = (tool: Tool): number => {
  if (tool.kind === 'native') return countTokens(JSON.stringify(tool.value) ?? '')
  const shape = tool.kind === 'function' ? tool.schema : tool.format
  return (
    countTokens(tool.name) +
    countTokens(tool.description ?? '') +
    (shape === undefined ? 0 : countTokens(JSON.stringify(shape)))
  )
}
