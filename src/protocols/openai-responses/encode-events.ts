/**
 * Writes a stream of Responses events.
 *
 * Parts may interleave, items do not: while one part is written, the others wait in their order.
 */
import type {
  Citation,
  GatewayError,
  JsonObject,
  ModelEvent,
  PartDelta,
  PartOpening,
  Tool,
} from '#model'
import {
  type ByteString,
  fromByteString,
  toByteString,
  type Translation,
  type Translator,
} from '#streams'
import type { AnswerContext } from '../protocol.ts'
import { brokenStream, invalidArguments } from '../upstream-failure.ts'
import { encodeStreamError } from './errors.ts'
import { toResponseId } from './item-ids.ts'
import { createItemWriter } from './item-writer.ts'
import type { PartWriter } from './part-writer.ts'
import { endResponse, isCutShort, toResponse } from './response-object.ts'

interface WaitingPart {
  readonly index: number
  readonly opening: PartOpening
  readonly held: (PartDelta | Citation)[]
  ended: boolean
  signature: string | undefined
}

/** How an answer ended. */
export interface Ending {
  whole(response: ByteString): void
  failed(error: GatewayError): void
}

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) =>
    writeAnswer(answer, emit, {
      whole: (response) => answer.remember?.(JSON.parse(fromByteString(response)) as JsonObject),
      failed: () => undefined,
    })

export const writeAnswer = (
  answer: AnswerContext,
  emit: (bytes: ByteString) => void,
  ending: Ending,
): Translation<ModelEvent> => {
  const origin = { provider: answer.provider, id: '' }
  const tools = new Map<string, Tool>(answer.request?.tools.map((tool) => [tool.name, tool]))
  const parts: WaitingPart[] = []
  let sequence = 0
  let response: JsonObject = {}
  let responseId = ''
  let active = -1
  let writer: PartWriter | undefined
  // The part that is written has no more to come, and is not whole.
  let stuck = false
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
    responseId = toResponseId(id, answer.createdAtMs)
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

  /** Writes the first waiting part as far as it has come, and those behind it that it held up. */
  const advance = (): void => {
    for (let next = parts[0]; next && !writer; next = parts[0]) {
      if (next.opening.kind === 'tool-call' && next.opening.name === '')
        return fail(invalidArguments())
      active = next.index
      writer = items.open(next.opening)
      for (const held of next.held.splice(0))
        if ('type' in held) writer.write(held)
        else writer.cite(held)
      if (next.ended) close(next.signature)
    }
  }

  const close = (signature: string | undefined): void => {
    if (stuck || !writer) return
    stuck = !writer.end(signature)
    if (!stuck) release()
  }

  const release = (): void => {
    stuck = false
    writer = undefined
    active = -1
    parts.shift()
  }

  const find = (index: number): WaitingPart | undefined =>
    parts.find((part) => part.index === index && !part.ended)

  const cite = (of: number, citation: Citation): void => {
    if (of === active) writer?.cite(citation)
    else parts.find((part) => part.index === of)?.held.push(citation)
  }

  const grow = (delta: PartDelta): void => {
    if (delta.index !== active) return void find(delta.index)?.held.push(delta)
    if (!stuck) writer?.write(delta)
  }

  /** Ends every part that is left; false where one of them may not end so. */
  const closeAll = (mayBeCut: boolean): boolean => {
    for (const part of parts) part.ended = true
    close(parts[0]?.signature)
    advance()
    if (!stuck || !mayBeCut) return !stuck
    writer?.abandon()
    release()
    return closeAll(mayBeCut)
  }

  const finish = (end: Extract<ModelEvent, { type: 'message-end' }>): void => {
    const isWhole = closeAll(isCutShort(end.reason))
    if (ended) return
    if (!isWhole) return fail(invalidArguments())
    ended = true
    if (items.done.length === 0 && !isCutShort(end.reason)) items.saySilence()
    const { status, json } = endResponse(response, items.done, end, answer.inputTokens)
    event(`response.${status}`, `"response":${json}`)
    ending.whole(json)
  }

  return {
    push(item) {
      if (ended) return
      if (item.type === 'part-delta') return grow(item)
      if (item.type === 'error') return fail(item.error)
      begin(item.type === 'message-start' ? item.id : '')
      switch (item.type) {
        case 'message-start':
          return
        case 'part-start': {
          const { index, part } = item
          if (part.kind === 'citation') return cite(part.of, part.citation)
          if (find(index)) return
          parts.push({ index, opening: part, held: [], ended: false, signature: undefined })
          return advance()
        }
        case 'part-end': {
          const part = find(item.index)
          if (!part) return
          part.ended = true
          part.signature = item.signature
          if (part !== parts[0]) return
          close(item.signature)
          return advance()
        }
        case 'message-end':
          return finish(item)
      }
    },
    end() {
      if (!ended) fail(brokenStream())
    },
  }
}
