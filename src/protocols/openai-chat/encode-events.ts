/** Writes a stream of chat chunks. Whatever events come, what goes out is a legal stream. */
import { randomUUID } from 'node:crypto'
import { GatewayError, type ModelEvent, NO_USAGE, type PartOpening, type Usage } from '#model'
import { type ByteString, escapeJson, toByteString, type Translator } from '#streams'
import type { AnswerContext } from '../protocol.ts'
import { createCallIds } from './call-ids.ts'
import { encodeStreamError } from './errors.ts'
import { encodeFinishReason } from './finish-reasons.ts'
import { toSealedDetail, toSignedDetail } from './reasoning-details.ts'
import { encodeUsage } from './usage.ts'
import type { ReasoningDetail } from './wire.ts'

/** A part that may still grow: its text goes between these. */
interface OpenPart {
  readonly kind: PartOpening['kind']
  readonly before: ByteString
  readonly after: ByteString
  isEmpty: boolean
  /** Of a thought: all of it, escaped, for when it turns out to be signed. */
  escaped: ByteString
}

const GROWTHS: Readonly<Partial<Record<PartOpening['kind'], string>>> = {
  text: 'content',
  refusal: 'refusal',
  reasoning: 'reasoning_content',
}

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) => {
    const created = Math.floor(answer.createdAtMs / 1000)
    const tail = answer.usageInStream ? '],"usage":null}\n\n' : ']}\n\n'
    const toUniqueId = createCallIds()
    const parts = new Map<number, OpenPart>()
    let head = ''
    let begun = false
    let ended = false
    let calls = 0
    let thoughts = 0
    // The part that grew last is nearly always the one that grows next.
    let growing: OpenPart | undefined
    let growingIndex = -1

    const chunk = (delta: ByteString, reason = 'null'): ByteString =>
      `${head}[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}${tail}`

    const begin = (id: string): void => {
      if (begun) return
      begun = true
      const identity = toByteString(
        JSON.stringify({
          id: id || `chatcmpl-${randomUUID()}`,
          object: 'chat.completion.chunk',
          created,
          model: answer.model,
        }),
      )
      head = `data: ${identity.slice(0, -1)},"choices":`
      emit(chunk('{"role":"assistant","content":"","refusal":null}'))
    }

    /** A part whose growth is a delta of this form, with the text in the place of the mark. */
    const around = (kind: OpenPart['kind'], before: string, after: string): OpenPart => {
      const whole = chunk(`${before}\0${after}`)
      const mark = whole.indexOf('\0')
      return {
        kind,
        before: whole.slice(0, mark),
        after: whole.slice(mark + 1),
        isEmpty: true,
        escaped: '',
      }
    }

    const openCall = (part: PartOpening & { kind: 'tool-call' }): OpenPart => {
      const index = calls++
      const name = part.name || 'unknown'
      const [type, payload] = part.freeform ? ['custom', 'input'] : ['function', 'arguments']
      const call = {
        index,
        id: toUniqueId(part.id),
        type,
        [type as string]: { name, [payload as string]: '' },
      }
      emit(chunk(toByteString(JSON.stringify({ tool_calls: [call] }))))
      return around(
        'tool-call',
        `{"tool_calls":[{"index":${index},"${type}":{"${payload}":"`,
        '"}}]}',
      )
    }

    const detail = (value: ReasoningDetail): void =>
      emit(chunk(toByteString(JSON.stringify({ reasoning_details: [value] }))))

    const openPart = (part: PartOpening): OpenPart | undefined => {
      const key = GROWTHS[part.kind]
      if (part.kind === 'tool-call') return openCall(part)
      if (part.kind === 'reasoning' && part.redacted !== undefined)
        return void detail(toSealedDetail(part.redacted, thoughts++))
      return key === undefined ? undefined : around(part.kind, `{"${key}":"`, '"}')
    }

    const close = (part: OpenPart, signature?: string): void => {
      // What is no JSON would stop a client: a call without arguments has an empty object of them.
      if (part.kind === 'tool-call' && part.isEmpty && part.before.endsWith('"arguments":"'))
        emit(`${part.before}{}${part.after}`)
      if (part.kind !== 'reasoning' || !signature) return
      const signed = toByteString(JSON.stringify(toSignedDetail('\0', signature, thoughts++)))
      emit(chunk(`{"reasoning_details":[${signed.replace('\\u0000', () => part.escaped)}]}`))
    }

    const finish = (reason: string, usage: Usage): void => {
      emit(chunk('{}', `"${reason}"`))
      if (answer.usageInStream) {
        const total = JSON.stringify(encodeUsage(usage, answer.inputTokens))
        emit(`${head}[],"usage":${total}}\n\n`)
      }
      emit(sseDone)
    }

    const grow = (part: OpenPart, escaped: ByteString): void => {
      if (escaped === '') return
      part.isEmpty = false
      if (part.kind === 'reasoning') part.escaped += escaped
      emit(part.before + escaped + part.after)
    }

    const end = (event: ModelEvent): void => {
      ended = true
      if (event.type === 'error') return emit(encodeStreamError(event.error))
      if (event.type !== 'message-end') return
      begin('')
      for (const part of parts.values()) close(part)
      finish(encodeFinishReason(event.reason, calls > 0), event.usage ?? NO_USAGE)
    }

    return {
      push(event) {
        if (ended) return
        switch (event.type) {
          case 'part-delta': {
            const part = event.index === growingIndex ? growing : parts.get(event.index)
            if (!part) return
            growing = part
            growingIndex = event.index
            return grow(part, event.escaped ?? escapeJson(event.text))
          }
          case 'message-start':
            return begin(event.id)
          case 'part-start': {
            if (parts.has(event.index)) return
            begin('')
            const part = openPart(event.part)
            if (part) parts.set(event.index, part)
            return
          }
          case 'part-end': {
            const part = parts.get(event.index)
            if (!part) return
            parts.delete(event.index)
            growing = undefined
            growingIndex = -1
            return close(part, event.signature)
          }
          case 'message-end':
          case 'error':
            return end(event)
        }
      },
      end() {
        if (ended) return
        const message = 'The upstream ended its answer before it was whole.'
        end({ type: 'error', error: new GatewayError('upstream_broken', message) })
      },
    }
  }

const sseDone: ByteString = 'data: [DONE]\n\n'
