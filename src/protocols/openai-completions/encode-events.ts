/** Writes a stream of completion chunks: text and an end, whatever else comes. */
import type { MessageEnd, ModelEvent } from '#model'
import { type ByteString, toByteString, type Translator } from '#streams'
import { toEscaped } from '../answers/part-writer.ts'
import type { AnswerContext } from '../protocol.ts'
import { toCompletion } from './encode-message.ts'
import { encodeCut } from './errors.ts'
import { encodeUsage } from './usage.ts'
import { DONE, encodeFinishReason, type WireCompletion } from './wire.ts'

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) => {
    const tail = answer.usageInStream ? '}],"usage":null}\n\n' : '}]}\n\n'
    // Thoughts and calls are not text at the cursor.
    const texts = new Set<number>()
    let completion: WireCompletion | undefined
    let head: ByteString = ''
    let refuses = false
    let ended = false

    const begin = (id: string): WireCompletion => {
      if (completion) return completion
      completion = toCompletion(id, answer)
      head = `data: ${toByteString(JSON.stringify(completion)).slice(0, -1)},"choices":`
      return completion
    }

    const chunk = (escaped: ByteString, reason: string): ByteString =>
      `${head}[{"text":"${escaped}","index":0,"logprobs":null,"finish_reason":${reason}${tail}`

    const finish = (ending: MessageEnd): void => {
      ended = true
      emit(chunk('', `"${encodeFinishReason(ending, refuses)}"`))
      if (answer.usageInStream)
        emit(
          `${head}[],"usage":${JSON.stringify(encodeUsage(ending.usage, answer.inputTokens))}}\n\n`,
        )
      emit(`data: ${DONE}\n\n`)
    }

    const cut = (): void => {
      if (ended) return
      ended = true
      emit(encodeCut(begin('')))
    }

    return {
      push(event) {
        if (ended) return
        begin(event.type === 'message-start' ? event.id : '')
        switch (event.type) {
          case 'part-start':
            if (event.part.kind === 'text') texts.add(event.index)
            if (event.part.kind === 'refusal') refuses = true
            return
          case 'part-delta': {
            if (!texts.has(event.index)) return
            const escaped = toEscaped(event)
            if (escaped !== '') emit(chunk(escaped, 'null'))
            return
          }
          case 'part-end':
            texts.delete(event.index)
            return
          case 'message-end':
            return finish(event)
          case 'error':
            return cut()
          case 'message-start':
        }
      },
      end: cut,
    }
  }
