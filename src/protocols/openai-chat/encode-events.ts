/** Writes a stream of chat chunks. Whatever events come, what goes out is a legal stream. */
import { randomUUID } from 'node:crypto'
import {
  type Citation,
  type GatewayError,
  type MessageEnd,
  type ModelEvent,
  parseObject,
  type PartOpening,
} from '#model'
import {
  type ByteString,
  createGrowingText,
  type GrowingText,
  lengthOfEscaped,
  toByteString,
  type Translator,
  unescapeJson,
} from '#streams'
import { toEscaped } from '../answers/part-writer.ts'
import type { AnswerContext } from '../protocol.ts'
import { toAnnotations } from './annotations.ts'
import { createCallIds } from './call-ids.ts'
import { encodeStreamError } from './errors.ts'
import { encodeFinishReason } from './finish-reasons.ts'
import { toSealedDetail, toSignedDetail } from './reasoning-details.ts'
import { encodeUsageInBothStyles } from './usage.ts'
import type { ReasoningDetail } from './wire.ts'
import { brokenStream, invalidArguments } from '../errors/upstream-failure.ts'

/** An open part. The text of a delta goes between `before` and `after`. */
interface OpenPart {
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'arguments' | 'input'
  readonly before: ByteString
  readonly after: ByteString
  /** All of its text, escaped, if it is kept. */
  readonly kept: GrowingText
  /** The length of a text. */
  characters: number
}

/** Kinds whose text is needed at the end: a thought may turn out to be signed, and arguments must be JSON. */
const KEPT: ReadonlySet<OpenPart['kind']> = new Set(['reasoning', 'arguments'])

interface CitedText {
  readonly part: OpenPart
  readonly citations: Citation[]
}

const CUT_SHORT: ReadonlySet<string> = new Set(['length', 'content_filter'])

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) => {
    const created = Math.floor(answer.createdAtMs / 1000)
    const tail = answer.usageInStream ? '],"usage":null}\n\n' : ']}\n\n'
    const toUniqueId = createCallIds()
    const parts = new Map<number, OpenPart>()
    /** By index, in order. */
    const texts = new Map<number, CitedText>()
    let head = ''
    let begun = false
    let ended = false
    let calls = 0
    let thoughts = 0
    // The arguments of a call are not a JSON object, which is allowed only in an answer that was cut short.
    let unfinished = false
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

    /** Opens a part whose deltas have this form, with the text at the mark. */
    const around = (kind: OpenPart['kind'], before: string, after: string): OpenPart => {
      const event = chunk(`${before}\0${after}`)
      const mark = event.indexOf('\0')
      return {
        kind,
        before: event.slice(0, mark),
        after: event.slice(mark + 1),
        kept: createGrowingText(),
        characters: 0,
      }
    }

    const openCall = (part: PartOpening & { kind: 'tool-call' }): OpenPart => {
      const index = calls++
      const name = part.name || 'unknown'
      const [type, payload] = part.freeform
        ? (['custom', 'input'] as const)
        : (['function', 'arguments'] as const)
      const call = {
        index,
        id: toUniqueId(part.id),
        type,
        [type]: { name, [payload]: '' },
      }
      emit(chunk(toByteString(JSON.stringify({ tool_calls: [call] }))))
      return around(payload, `{"tool_calls":[{"index":${index},"${type}":{"${payload}":"`, '"}}]}')
    }

    const cite = ({ of, citation }: PartOpening & { kind: 'citation' }): void =>
      void texts.get(of)?.citations.push(citation)

    const detail = (value: ReasoningDetail): void =>
      emit(chunk(toByteString(JSON.stringify({ reasoning_details: [value] }))))

    const openPart = (part: PartOpening): OpenPart | undefined => {
      switch (part.kind) {
        case 'text':
          return around('text', '{"content":"', '"}')
        case 'refusal':
          return around('refusal', '{"refusal":"', '"}')
        case 'reasoning':
          if (part.redacted === undefined)
            return around('reasoning', '{"reasoning_content":"', '"}')
          return void detail(toSealedDetail(part.redacted, thoughts++))
        case 'tool-call':
          return openCall(part)
        case 'citation':
        case 'audio':
        case 'native':
          return undefined
      }
    }

    const close = (part: OpenPart, signature?: string): void => {
      if (part.kind === 'arguments') {
        // A call without arguments gets an empty object.
        const { value } = part.kept
        if (value === '') emit(`${part.before}{}${part.after}`)
        else if (!isObject(value)) unfinished = true
      }
      if (part.kind !== 'reasoning' || !signature) return
      const signed = toByteString(JSON.stringify(toSignedDetail('\0', signature, thoughts++)))
      emit(chunk(`{"reasoning_details":[${signed.replace('\\u0000', () => part.kept.value)}]}`))
    }

    const annotate = (): void => {
      const annotations = toAnnotations(
        [...texts.values()].map(({ part: { characters }, citations }) => ({
          characters,
          citations,
        })),
      )
      if (annotations.length > 0) emit(chunk(toByteString(JSON.stringify({ annotations }))))
    }

    const finish = (reason: string, { usage, vendorReason }: MessageEnd): void => {
      if ([...texts.values()].some(({ citations }) => citations.length > 0)) annotate()
      // OpenRouter's field for the upstream vendor's own reason.
      const own = vendorReason
        ? `,"native_finish_reason":${toByteString(JSON.stringify(vendorReason))}`
        : ''
      emit(chunk('{}', `"${reason}"${own}`))
      if (answer.usageInStream) {
        const total = JSON.stringify(encodeUsageInBothStyles(usage, answer.inputTokens))
        emit(`${head}[],"usage":${total}}\n\n`)
      }
      emit(sseDone)
    }

    const grow = (part: OpenPart, escaped: ByteString): void => {
      if (escaped === '') return
      if (part.kind === 'text') part.characters += lengthOfEscaped(escaped)
      else if (KEPT.has(part.kind)) part.kept.add(escaped)
      emit(part.before + escaped + part.after)
    }

    const fail = (error: GatewayError): void => {
      ended = true
      emit(encodeStreamError(error))
    }

    const end = (ending: MessageEnd): void => {
      begin('')
      for (const part of parts.values()) close(part)
      const wireReason = encodeFinishReason(ending, calls > 0)
      if (unfinished && !CUT_SHORT.has(wireReason)) return fail(invalidArguments())
      ended = true
      finish(wireReason, ending)
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
            return grow(part, toEscaped(event))
          }
          case 'message-start':
            return begin(event.id)
          case 'part-start': {
            if (parts.has(event.index)) return
            begin('')
            if (event.part.kind === 'citation') return cite(event.part)
            const part = openPart(event.part)
            if (part) parts.set(event.index, part)
            if (part?.kind === 'text') texts.set(event.index, { part, citations: [] })
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
            return end(event)
          case 'error':
            return fail(event.error)
        }
      },
      end() {
        if (!ended) fail(brokenStream())
      },
    }
  }

const sseDone: ByteString = 'data: [DONE]\n\n'

const isObject = (escaped: ByteString): boolean => parseObject(unescapeJson(escaped)) !== undefined
