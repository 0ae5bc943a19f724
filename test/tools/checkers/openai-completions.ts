/** Judges the streams and answers of OpenAI's completions; clients fall over an error in a stream. */

import { answerShape, chunkShape } from './openai-completions-shapes.ts'
import { isRecord } from './shape.ts'
import { DONE, judgeStream } from './sse-frames.ts'
import type { Judge, StreamExpectation } from './sse-frames.ts'

export interface CompletionsExpectation extends StreamExpectation {
  model?: string
  includeUsage?: boolean
}

interface Usage {
  prompt_tokens: number
  completion_tokens: number
  total_tokens: number
}

interface Completion {
  id: string
  created: number
  model: string
  choices: { index: number; text: string; finish_reason: string | null }[]
  usage?: Usage | null
}

const judgeUsage = ({ prompt_tokens, completion_tokens, total_tokens }: Usage) =>
  total_tokens === prompt_tokens + completion_tokens
    ? []
    : ['total_tokens is not prompt_tokens plus completion_tokens']

const judgeModel = ({ model }: Completion, wanted: string | undefined) =>
  wanted === undefined || wanted === model ? [] : [`the model is '${model}', not '${wanted}'`]

const createCompletionsJudge = (expect: CompletionsExpectation): Judge => {
  const open = new Set<number>()
  const finished = new Set<number>()
  let first: Completion | undefined
  let hasUsage = false
  let isDone = false

  const isFinished = () => finished.size > 0 && open.size === 0

  const judgeIdentity = (chunk: Completion) => {
    first ??= chunk
    if (chunk.id !== first.id) return [`the id changes from '${first.id}' to '${chunk.id}'`]
    if (chunk.created !== first.created) return ['created changes']
    if (chunk.model !== first.model)
      return [`the model changes from '${first.model}' to '${chunk.model}'`]
    return judgeModel(chunk, expect.model)
  }

  const judgeUsageChunk = (usage: Usage | null | undefined) => {
    if (!usage) return ['a chunk has neither choices nor usage']
    if (expect.includeUsage === false) return ['usage is sent though it was not asked for']
    if (!isFinished()) return ['the usage chunk stands before the finish_reason']
    hasUsage = true
    return judgeUsage(usage)
  }

  const judgeChunk = ({ choices, usage }: Completion) => {
    if (hasUsage) return ['a chunk follows the usage chunk']
    if (choices.length === 0) return judgeUsageChunk(usage)
    if (usage) return ['usage stands in a chunk that has choices']
    return choices.flatMap(({ index, finish_reason: finish }) => {
      if (finished.has(index)) return [`choice ${index} goes on after its finish_reason`]
      if (finish === null) open.add(index)
      else {
        open.delete(index)
        finished.add(index)
      }
      return []
    })
  }

  const judgeDone = () => {
    isDone = true
    if (!isFinished()) return ['[DONE] stands before a finish_reason']
    return expect.includeUsage && !hasUsage ? ['the usage chunk is missing'] : []
  }

  return {
    isError: ({ json }) => isRecord(json) && 'error' in json,
    push({ event, data, json }) {
      if (isDone) return ['an event follows [DONE]']
      if (event !== null) return ['a completion event has an event: line']
      if (data === DONE) return judgeDone()
      if (isRecord(json) && 'error' in json) return ['an error stands in the stream']
      const violations = chunkShape(json, '', false)
      if (violations.length > 0) return violations
      const chunk = json as Completion
      return [...judgeIdentity(chunk), ...judgeChunk(chunk)]
    },
    end: () => (isDone ? [] : ['the stream ends without [DONE]']),
  }
}

export const checkCompletionsStream = (
  bytes: Buffer,
  expect: CompletionsExpectation = {},
): string[] => judgeStream(bytes, createCompletionsJudge(expect), expect)

export const checkCompletionsAnswer = (
  body: unknown,
  expect: { model?: string } = {},
): string[] => {
  const violations = answerShape(body, '', false)
  if (violations.length > 0) return violations
  const completion = body as Completion & { usage: Usage }
  if (isRecord(body) && body['error']) return ['an answer has a truthy top-level error']
  if (completion.choices.length === 0) return ['choices is empty']
  return [
    ...judgeModel(completion, expect.model),
    ...completion.choices.flatMap(({ index }, place) =>
      index === place ? [] : [`choice index ${index} should be ${place}`],
    ),
    ...judgeUsage(completion.usage),
  ]
}
