/** Judges Responses streams and answers by the published types and their traps. */

import { isDeepStrictEqual } from 'node:util'

import {
  addPart,
  finishPart,
  judgeDelta,
  judgeDoneItem,
  judgeWhole,
  openItem,
} from './openai-responses-items.ts'
import type { Item, OpenItem, Part } from './openai-responses-items.ts'
import { answerShape, eventShape, isHosted } from './openai-responses-shapes.ts'
import { firstRepeated, isJsonObject, isRecord } from './shape.ts'
import { judgeName, judgeStream } from './sse-frames.ts'
import type { Frame, Judge, StreamExpectation } from './sse-frames.ts'

export interface ResponsesExpectation extends StreamExpectation {
  model?: string
  /** Also ask for the fields that only the newest version of the protocol always sends. */
  complete?: boolean
}

interface Usage {
  input_tokens: number
  input_tokens_details: { cached_tokens: number; cache_write_tokens?: number }
  output_tokens: number
  output_tokens_details: { reasoning_tokens: number }
  total_tokens: number
}

interface ResponseObject {
  id: string
  model: string
  created_at: number
  status: string
  output: Item[]
  usage?: Usage | null
}

interface ResponsesEvent {
  type: string
  sequence_number: number
  response: ResponseObject
  item: Item
  item_id: string
  output_index: number
  content_index: number
  summary_index: number
  part: Part
  delta: string
  text?: string
  refusal?: string
  arguments?: string
  input?: string
}

const LIFECYCLE = new Set(['response.created', 'response.queued', 'response.in_progress'])
const TERMINATORS = new Set(['response.completed', 'response.incomplete', 'response.failed'])

const judgeUsage = (usage: Usage) => {
  const { cached_tokens, cache_write_tokens = 0 } = usage.input_tokens_details
  const violations: string[] = []
  if (usage.total_tokens !== usage.input_tokens + usage.output_tokens)
    violations.push('total_tokens is not input_tokens plus output_tokens')
  if (cached_tokens + cache_write_tokens > usage.input_tokens)
    violations.push('input_tokens does not include the cached tokens')
  if (usage.output_tokens_details.reasoning_tokens > usage.output_tokens)
    violations.push('output_tokens does not include the reasoning tokens')
  return violations
}

const isErrorFrame = ({ json }: Frame) => isRecord(json) && json['type'] === 'response.failed'

const createResponsesJudge = (expect: ResponsesExpectation): Judge => {
  const items: OpenItem[] = []
  const done = new Map<number, Item>()
  let first: ResponseObject | undefined
  let place = 0
  let isRunning = false
  let closedBy: string | undefined

  const judgeResponse = (response: ResponseObject) => {
    first ??= response
    if (response.id !== first.id) return ['the id of the response changes']
    if (response.created_at !== first.created_at) return ['created_at changes']
    if (response.model !== first.model) return ['the model changes']
    if (expect.model !== undefined && first.model !== expect.model)
      return [`the model is '${first.model}', not '${expect.model}'`]
    return []
  }

  const judgeLifecycle = ({ type, response }: ResponsesEvent) => {
    if (type !== 'response.created' && !first) return [`a ${type} stands before response.created`]
    if (type === 'response.created' && first) return ['response.created comes twice']
    if (type === 'response.in_progress' && isRunning) return ['response.in_progress comes twice']
    if (type === 'response.queued' && isRunning) return ['a response is queued while it runs']
    isRunning ||= type === 'response.in_progress'
    return judgeResponse(response)
  }

  const judgeEnd = (event: ResponsesEvent) => {
    const { type, response } = event
    const violations = judgeLifecycle(event)
    if (violations.length > 0) return violations
    closedBy = type
    const output = [...done.entries()].toSorted(([a], [b]) => a - b).map(([, item]) => item)
    if (type !== 'response.failed') {
      if (!isRunning) return [`a ${type} stands before response.in_progress`]
      const open = items.findIndex(({ isDone }) => !isDone)
      if (open >= 0) return [`${type} stands before item ${open} is done`]
      if (!isDeepStrictEqual(response.output, output))
        return [`the output of ${type} is not the done items`]
      if (type === 'response.completed' && output.some(({ status }) => status === 'incomplete'))
        return ['a completed response holds an incomplete item']
    }
    return response.usage ? judgeUsage(response.usage) : []
  }

  const addItem = ({ item, output_index }: ResponsesEvent) => {
    if (output_index !== items.length)
      return [`output_index ${output_index} should be ${items.length}`]
    if (items.some((other) => other.item.id === item.id))
      return [`the item id '${item.id}' is used twice`]
    if (item.call_id && items.some((other) => other.item.call_id === item.call_id))
      return [`the call_id '${item.call_id}' is used twice`]
    items.push(openItem(item))
    return []
  }

  const finishItem = ({ item, output_index }: ResponsesEvent) => {
    const open = items[output_index]
    if (!open) return [`item ${output_index} is done before it was added`]
    if (open.isDone) return [`item ${output_index} is done twice`]
    open.isDone = true
    done.set(output_index, item)
    return judgeDoneItem(item, open)
  }

  const judgeInItem = (event: ResponsesEvent) => {
    const open = items[event.output_index]
    if (!open) return [`a ${event.type} stands before its item was added`]
    if (open.isDone) return [`a ${event.type} follows the done of its item`]
    if (open.item.id !== event.item_id) return [`a ${event.type} has the id of another item`]
    const [, kind = '', step = ''] = event.type.split('.')
    const { part, content_index, summary_index } = event
    if (isHosted(event.type) || step === 'annotation') return []
    if (kind === 'content_part')
      return step === 'added'
        ? addPart(open.content, open.item, content_index, part, 'content part')
        : finishPart(open.content[content_index], part, 'content part')
    if (kind === 'reasoning_summary_part')
      return step === 'added'
        ? addPart(open.summary, open.item, summary_index, part, 'summary part')
        : finishPart(open.summary[summary_index], part, 'summary part')
    const growing =
      kind === 'reasoning_summary_text'
        ? open.summary[summary_index]
        : content_index === undefined
          ? open.payload
          : open.content[content_index]
    if (step === 'delta') return judgeDelta(growing, kind, event.delta)
    const whole = event.text ?? event.refusal ?? event.arguments ?? event.input ?? ''
    return judgeWhole(growing, kind, whole)
  }

  const judgeEvent = (event: ResponsesEvent) => {
    if (TERMINATORS.has(event.type)) return judgeEnd(event)
    if (LIFECYCLE.has(event.type)) return judgeLifecycle(event)
    if (!isRunning) return [`a ${event.type} stands before response.in_progress`]
    if (event.type === 'response.output_item.added') return addItem(event)
    if (event.type === 'response.output_item.done') return finishItem(event)
    return judgeInItem(event)
  }

  return {
    isError: isErrorFrame,
    push(frame) {
      if (closedBy) return [`an event follows ${closedBy}`]
      const violations = eventShape(frame.json, '', expect.complete ?? false)
      if (violations.length > 0) return violations
      const event = frame.json as ResponsesEvent
      const misnamed = judgeName(frame, event.type)
      if (misnamed.length > 0) return misnamed
      if (event.sequence_number !== place)
        return [`sequence_number ${event.sequence_number} should be ${place}`]
      place += 1
      return judgeEvent(event)
    },
    end: () =>
      closedBy ? [] : ['the stream ends without response.completed, .incomplete or .failed'],
  }
}

export const checkResponsesStream = (bytes: Buffer, expect: ResponsesExpectation = {}): string[] =>
  judgeStream(bytes, createResponsesJudge(expect), expect)

export const checkResponsesAnswer = (
  body: unknown,
  expect: { model?: string; complete?: boolean } = {},
): string[] => {
  const violations = answerShape(body, '', expect.complete ?? false)
  if (violations.length > 0) return violations
  const { output, usage, status, model } = body as ResponseObject
  const id = firstRepeated(output.map((item) => item.id))
  const callId = firstRepeated(output.flatMap(({ call_id }) => call_id ?? []))
  return [
    ...(expect.model === undefined || expect.model === model
      ? []
      : [`the model is '${model}', not '${expect.model}'`]),
    ...(id === undefined ? [] : [`the item id '${id}' is used twice`]),
    ...(callId === undefined ? [] : [`the call_id '${callId}' is used twice`]),
    ...output.flatMap((item) =>
      item.type === 'function_call' &&
      item.status !== 'incomplete' &&
      !isJsonObject(item.arguments ?? '')
        ? ['the arguments are not a JSON object']
        : [],
    ),
    ...(status === 'completed' && output.some((item) => item.status === 'incomplete')
      ? ['a completed response holds an incomplete item']
      : []),
    ...(usage ? judgeUsage(usage) : []),
  ]
}
