/**
 * The prompt cache of the vendor: it reads the longest beginning of a prompt that it has kept, and keeps it as far as the last
 * mark. Nothing is forgotten here; at the vendor's it is, after five minutes.
 */
import { createHash } from 'node:crypto'
import type { AnswerUsage } from '../answers/answer.ts'
import { tokensOf } from '../answers/counts.ts'
import type { Memory } from '../memory.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

type Cached = Required<Pick<AnswerUsage, 'cacheRead' | 'cacheWrite' | 'cacheWrite1h'>>

/** How many blocks before a mark are compared with what was kept. */
const LOOKS_BACK = 20

/** The fewest tokens that a model keeps. */
const leastOf = (model: unknown) => (/opus-4-[5-9]|haiku-4-5/.test(String(model)) ? 4096 : 1024)

const toBlocks = (value: unknown): unknown[] => {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

const blocksOf = ({ tools, system, messages }: Body): unknown[] => [
  ...toBlocks(tools),
  ...toBlocks(system),
  ...toBlocks(messages)
    .filter(isObject)
    .flatMap(({ role, content }) => toBlocks(content).map((block) => [role, block])),
]

const markOf = (block: unknown): unknown => {
  const inner = Array.isArray(block) ? block[1] : block
  return isObject(inner) ? inner.cache_control : undefined
}

const withoutMarks = (block: unknown) =>
  JSON.stringify(block, (key, value: unknown) => (key === 'cache_control' ? undefined : value))

export const countCached = (body: Body, { prompts }: Memory): Cached => {
  const least = leastOf(body.model)
  const blocks = blocksOf(body)
  let text = ''
  const beginnings = blocks.map((block, at) => {
    text += withoutMarks(block)
    const isLast = at === blocks.length - 1
    return {
      hash: createHash('sha256')
        .update(`${String(body.model)} ${text}`)
        .digest('hex'),
      tokens: tokensOf(text),
      mark: markOf(block) ?? (isLast ? body.cache_control : undefined),
    }
  })
  let read = 0
  let kept = 0
  let mark: unknown
  for (const [at, beginning] of beginnings.entries()) {
    if (!beginning.mark || beginning.tokens < least) continue
    const near = beginnings.slice(Math.max(0, at - LOOKS_BACK), at + 1)
    for (const { hash, tokens } of near) if (prompts.has(hash)) read = Math.max(read, tokens)
    kept = beginning.tokens
    ;({ mark } = beginning)
  }
  for (const { hash, tokens, mark: each } of beginnings)
    if (each && tokens >= least) prompts.add(hash)
  const cacheWrite = Math.max(0, kept - read)
  const isLong = isObject(mark) && mark.ttl === '1h'
  return { cacheRead: read, cacheWrite, cacheWrite1h: isLong ? cacheWrite : 0 }
}
