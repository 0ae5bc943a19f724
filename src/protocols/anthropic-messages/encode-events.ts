/**
 * Writes a stream of Messages events.
 *
 * Parts may interleave, blocks may not: while one part is written, the others wait in their order.
 */
import {
  type Citation,
  type GatewayError,
  type ModelEvent,
  type PartDelta,
  type PartOpening,
} from '#model'
import { type ByteString, sseEvent, type Translator } from '#streams'
import type { AnswerContext } from '../protocol.ts'
import { type BlockWriter, createBlockWriter, type PartWriter } from './block-writer.ts'
import { encodeStreamError } from './errors.ts'
import { encodeMessageStart } from './message-start.ts'
import { encodeStop, isCutShort } from './stop-reasons.ts'
import { encodeUsage, withInput } from './usage.ts'
import { brokenStream, invalidArguments } from '../upstream-failure.ts'

interface WaitingPart {
  readonly index: number
  readonly opening: PartOpening
  readonly held: (PartDelta | Citation)[]
  ended: boolean
  signature: string | undefined
}

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) => {
    const origin = { provider: answer.provider, id: '' }
    const blocks: BlockWriter = createBlockWriter(emit, () => origin)
    const parts: WaitingPart[] = []
    let active = -1
    let writer: PartWriter | undefined
    let started = false
    let ended = false

    const fail = (error: GatewayError): void => {
      ended = true
      emit(encodeStreamError(error, ''))
    }

    const begin = (event: Partial<Extract<ModelEvent, { type: 'message-start' }>> = {}): void => {
      if (started) return
      started = true
      origin.id = event.id || `msg_${answer.createdAtMs.toString(36)}`
      emit(encodeMessageStart(origin.id, answer.model, withInput(event.usage, answer.inputTokens)))
    }

    /** Writes the first waiting part as far as it has come, and those behind it that it held up. */
    const advance = (): void => {
      for (let next = parts[0]; next && !writer; next = parts[0]) {
        // Nothing may follow a call that is not whole; whether it may end so, the end will tell.
        if (blocks.unfinished) return
        if (next.opening.kind === 'tool-call' && next.opening.name === '')
          return fail(invalidArguments())
        active = next.index
        writer = blocks.open(next.opening)
        for (const held of next.held.splice(0))
          if ('type' in held) writer.write(held)
          else writer.cite(held)
        if (next.ended) close(next.signature)
      }
    }

    const close = (signature: string | undefined): void => {
      writer?.end(signature)
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

    const finish = (event: Extract<ModelEvent, { type: 'message-end' }>): void => {
      for (const part of parts) part.ended = true
      if (writer) close(undefined)
      advance()
      if (ended) return
      if (blocks.unfinished && !isCutShort(event.reason)) return fail(invalidArguments())
      const { callsTools, refuses } = blocks
      ended = true
      emit(
        sseEvent('message_delta', {
          type: 'message_delta',
          delta: encodeStop({ ...event, callsTools, refuses }),
          usage: encodeUsage(withInput(event.usage, answer.inputTokens)),
        }) + sseEvent('message_stop', { type: 'message_stop' }),
      )
    }

    return {
      push(event) {
        if (ended) return
        if (event.type === 'part-delta') {
          if (event.index === active) writer?.write(event)
          else find(event.index)?.held.push(event)
          return
        }
        if (event.type === 'error') return fail(event.error)
        begin(event.type === 'message-start' ? event : {})
        switch (event.type) {
          case 'message-start':
            return
          case 'part-start': {
            const { index, part } = event
            if (part.kind === 'citation') return cite(part.of, part.citation)
            if (find(index)) return
            parts.push({ index, opening: part, held: [], ended: false, signature: undefined })
            return advance()
          }
          case 'part-end': {
            const part = find(event.index)
            if (!part) return
            part.ended = true
            part.signature = event.signature
            if (part.index !== active) return
            close(event.signature)
            return advance()
          }
          case 'message-end':
            return finish(event)
        }
      },
      end() {
        if (!ended) fail(brokenStream())
      },
    }
  }
