/** Writes a stream of Responses events. */
import type { GatewayError, JsonObject, ModelEvent, Tool } from '#model'
import {
  type ByteString,
  fromByteString,
  toByteString,
  type Translation,
  type Translator,
} from '#streams'
import { createPartQueue } from '../answers/part-queue.ts'
import type { AnswerContext } from '../protocol.ts'
import { brokenStream, invalidArguments } from '../errors/upstream-failure.ts'
import { encodeStreamError } from './errors.ts'
import { toResponseId } from './items/item-ids.ts'
import { createItemWriter } from './items/item-writer.ts'
import { notesOf } from './response/answer-notes.ts'
import { endResponse, isCutShort, toResponse } from './response/response-object.ts'
import { sealing } from './compaction/summarise.ts'

/** Receives the end of an answer. */
export interface Ending {
  completed(response: ByteString): void
  failed(error: GatewayError): void
}

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) =>
    writeAnswer(answer, emit, {
      completed: (response) =>
        answer.remember?.(JSON.parse(fromByteString(response)) as JsonObject),
      failed: () => undefined,
    })

export const writeAnswer = (
  answer: AnswerContext,
  emit: (bytes: ByteString) => void,
  ending: Ending,
): Translation<ModelEvent> => {
  const origin = { provider: answer.provider, id: '' }
  const tools = new Map<string, Tool>(answer.request?.tools.map((tool) => [tool.name, tool]))
  let sequence = 0
  let response: JsonObject = {}
  let responseId = ''
  let started = false
  let ended = false

  const spliced = (before: ByteString, escaped: ByteString, after: ByteString): void =>
    emit(`${before}${escaped}${after},"sequence_number":${sequence++}}\n\n`)

  const event = (type: string, fields: ByteString): void =>
    emit(`event: ${type}\ndata: {"type":"${type}",${fields},"sequence_number":${sequence++}}\n\n`)

  const items = createItemWriter({
    responseId: () => responseId,
    origin: () => origin,
    findTool: (name) => tools.get(name),
    event,
    spliced,
  })

  const begin = (id = ''): void => {
    if (started) return
    started = true
    responseId = answer.id ?? toResponseId(id, answer.createdAtMs)
    origin.id = id || responseId
    response = toResponse(responseId, answer)
    const json = `"response":${toByteString(JSON.stringify(response))}`
    event('response.created', json)
    event('response.in_progress', json)
  }

  const fail = (error: GatewayError): void => {
    begin()
    ended = true
    emit(encodeStreamError(error, '', { response, sequence_number: sequence++ }))
    ending.failed(error)
  }

  // Parts may interleave; items may not.
  const parts = createPartQueue((opening) => {
    if (opening.kind !== 'tool-call' || opening.name !== '') return items.open(opening)
    fail(invalidArguments())
    return undefined
  })

  const finish = (end: Extract<ModelEvent, { type: 'message-end' }>): void => {
    const isComplete = parts.endAll(isCutShort(end.reason))
    if (ended) return
    if (!isComplete) return fail(invalidArguments())
    ended = true
    if (items.done.length === 0 && !isCutShort(end.reason)) items.addEmptyMessage()
    const { status, json } = endResponse(response, items.done, end, answer.inputTokens)
    event(`response.${status}`, `"response":${json}`)
    ending.completed(json)
  }

  const writer: Translation<ModelEvent> = {
    push(item) {
      if (ended) return
      if (item.type === 'part-delta') return parts.grow(item)
      if (item.type === 'error') return fail(item.error)
      begin(item.type === 'message-start' ? item.id : '')
      switch (item.type) {
        case 'message-start':
          return
        case 'part-start':
          return parts.start(item.index, item.part)
        case 'part-end':
          return parts.end(item.index, item.signature)
        case 'message-end':
          return finish(item)
      }
    },
    end() {
      if (!ended) fail(brokenStream())
    },
  }
  return notesOf(answer.request)?.isSummary ? sealing(writer) : writer
}
