/** Finds thoughts of other vendors in a relayed request: signatures made by Sluice must not reach Anthropic. */
import { isJsonObject } from '#model'
import { findElements, findMember, JsonShapeError, type JsonSpan } from '#streams'
import { toGaps } from '../thoughts/gaps.ts'
import { originOf } from '../thoughts/reasoning-origin.ts'

const MARK = '"sluice.'

/** The places to cut out. A block or message that becomes empty goes too, because the vendor refuses empty content. */
export const findForeignThinking = (body: Buffer): readonly JsonSpan[] => {
  if (!body.includes(MARK)) return []
  try {
    return findIn(body)
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    // Only the outline has been checked so far. The upstream reports what is wrong inside.
    return []
  }
}

const findIn = (body: Buffer): readonly JsonSpan[] => {
  const messages = findMember(body, 'messages', Infinity)
  if (!messages || !isArray(body, messages)) return []
  const turns = elementsOf(body, messages).map((span) => ({ span, ...judgeTurn(body, span) }))
  const removed = toGaps(turns.map(({ span, isRemoved }) => ({ span, isRemoved })))
  return [...removed, ...turns.flatMap(({ isRemoved, gaps }) => (isRemoved ? [] : gaps))]
}

const judgeTurn = (body: Buffer, turn: JsonSpan) => {
  const content = contentOf(body, turn)
  const blocks = content ? elementsOf(body, content) : []
  const judged = blocks.map((span) => ({ span, isRemoved: isForeignThinking(body, span) }))
  return {
    isRemoved: judged.length > 0 && judged.every(({ isRemoved }) => isRemoved),
    gaps: toGaps(judged),
  }
}

const contentOf = (body: Buffer, turn: JsonSpan): JsonSpan | undefined => {
  const text = body.subarray(turn.start, turn.end)
  if (!text.includes(MARK) || text[0] !== OPEN_OBJECT) return undefined
  const content = findMember(text, 'content', Infinity)
  const span = content && within(turn, content)
  return span && isArray(body, span) ? span : undefined
}

const isForeignThinking = (body: Buffer, { start, end }: JsonSpan): boolean => {
  if (!body.subarray(start, end).includes(MARK)) return false
  try {
    const block: unknown = JSON.parse(body.toString('utf8', start, end))
    return (
      isJsonObject(block) &&
      block.type === 'thinking' &&
      typeof block.signature === 'string' &&
      originOf(block.signature) !== undefined
    )
  } catch {
    // The upstream reports what is wrong with it.
    return false
  }
}

const OPEN_OBJECT = 123
const OPEN_ARRAY = 91

const isArray = (body: Buffer, { start }: JsonSpan): boolean => body[start] === OPEN_ARRAY

const within = ({ start }: JsonSpan, inner: JsonSpan): JsonSpan => ({
  start: start + inner.start,
  end: start + inner.end,
})

const elementsOf = (body: Buffer, array: JsonSpan): JsonSpan[] =>
  findElements(body.subarray(array.start, array.end), Infinity).map((span) => within(array, span))
