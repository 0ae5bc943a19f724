/** Writes a stream of Messages events. */
import { type GatewayError, type ModelEvent } from '#model'
import { type ByteString, sseEvent, type Translator } from '#streams'
import { createPartQueue } from '../answers/part-queue.ts'
import type { AnswerContext } from '../protocol.ts'
import { type BlockWriter, createBlockWriter } from './blocks/block-writer.ts'
import { encodeStreamError } from './errors.ts'
import { encodeMessageStart } from './blocks/message-start.ts'
import { encodeStop, isCutShort } from './finish-reasons.ts'
import { encodeUsage, withInput } from './usage.ts'
import { brokenStream, invalidArguments } from '../errors/upstream-failure.ts'

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) => {
    const origin = { provider: answer.provider, id: '' }
    const blocks: BlockWriter = createBlockWriter(emit, () => origin)
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

    // Parts may interleave; blocks may not.
    const parts = createPartQueue((opening) => {
      // Nothing may follow an incomplete call. `finish` decides whether the answer may end with one.
      if (blocks.unfinished()) return undefined
      if (opening.kind !== 'tool-call' || opening.name !== '') return blocks.open(opening)
      fail(invalidArguments())
      return undefined
    })

    const finish = (event: Extract<ModelEvent, { type: 'message-end' }>): void => {
      parts.endAll(isCutShort(event.reason))
      if (ended) return
      if (blocks.unfinished() && !isCutShort(event.reason)) return fail(invalidArguments())
      const callsTools = blocks.callsTools()
      const refuses = blocks.refuses()
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
        if (event.type === 'part-delta') return parts.grow(event)
        if (event.type === 'error') return fail(event.error)
        begin(event.type === 'message-start' ? event : {})
        switch (event.type) {
          case 'message-start':
            return
          case 'part-start':
            return parts.start(event.index, event.part)
          case 'part-end':
            return parts.end(event.index, event.signature)
          case 'message-end':
            return finish(event)
        }
      },
      end() {
        if (!ended) fail(brokenStream())
      },
    }
  }
