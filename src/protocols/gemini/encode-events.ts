/**
 * Writes a stream, which is well-formed whatever events arrive.
 *
 * Parts may interleave in the vocabulary but not here: while one is written, the others wait in order. A call is
 * written in one piece.
 */
import { toEscaped } from '../answers/part-writer.ts'
import { randomUUID } from 'node:crypto'
import type {
  Citation,
  GatewayError,
  JsonObject,
  MessageEnd,
  ModelEvent,
  PartOpening,
} from '#model'
import {
  type ByteString,
  createGrowingText,
  type GrowingText,
  sseData,
  toByteString,
  type Translator,
  unescapeJson,
} from '#streams'
import { withoutUndefined } from '../requests/fields.ts'
import type { AnswerContext } from '../protocol.ts'
import { brokenStream, invalidArguments } from '../errors/upstream-failure.ts'
import { createCallIds } from './call-ids.ts'
import { type CitedText, createCitedTexts, placeCitations } from './cited-text.ts'
import { encodeGrounding } from './citations.ts'
import { encodeStreamError } from './errors.ts'
import { encodeFinishReason, isCutShort } from './finish-reasons.ts'
import { createHeldThoughts, toArgs, toAudioPart, toNativePart } from './part-writer.ts'
import { encodeUsage } from './usage.ts'

interface WaitingPart {
  readonly index: number
  readonly opening: PartOpening
  /**
   * Its content, escaped as in a JSON string. For a part that is written immediately: what has not been written yet.
   */
  escaped: ByteString
  /** What has been written of a thought, since its signature repeats it. */
  readonly written: GrowingText
  readonly cited: CitedText
  ended: boolean
  signature: string | undefined
}

type Cited = PartOpening & { kind: 'citation' }

export const encodeEvents =
  (answer: AnswerContext): Translator<ModelEvent, ByteString> =>
  (emit) => {
    const waiting: WaitingPart[] = []
    /** The part that started last at each index. */
    const latest = new Map<number, WaitingPart>()
    /** By the index of the text that they refer to. */
    const citations = new Map<number, Citation[]>()
    const texts: WaitingPart[] = []
    const createCitedText = createCitedTexts()
    let responseId = ''
    let head: ByteString = ''
    let tail: ByteString = ''
    let ended = false
    // The arguments of a call are not an object, which is allowed only in an answer that was cut short.
    let unfinished = false
    const thoughts = createHeldThoughts(answer.provider, () => responseId)
    let toUniqueId = createCallIds('')

    const begin = (id: string): void => {
      if (responseId !== '') return
      responseId = id || randomUUID()
      toUniqueId = createCallIds(responseId)
      const identity = toByteString(JSON.stringify({ modelVersion: answer.model, responseId }))
      head = 'data: {"candidates":[{"content":{"parts":['
      tail = `],"role":"model"},"index":0}],${identity.slice(1)}\n\n`
    }

    const writePart = (part: JsonObject): void =>
      emit(head + toByteString(JSON.stringify(part)) + tail)

    const writeKnown = (part: JsonObject | undefined): void => {
      if (part) writePart(part)
    }

    const writeText = (part: WaitingPart): void => {
      if (part.escaped === '') return
      const { escaped } = part
      part.escaped = ''
      if (part.opening.kind === 'reasoning') {
        // The signature repeats it.
        part.written.add(escaped)
        return emit(`${head}{"text":"${escaped}","thought":true}${tail}`)
      }
      part.cited.add(escaped)
      const { thoughtSignature } = thoughts.take()
      const signed =
        thoughtSignature === undefined ? '' : `,"thoughtSignature":"${thoughtSignature}"`
      emit(`${head}{"text":"${escaped}"${signed}}${tail}`)
    }

    const writeCall = (part: WaitingPart, opening: PartOpening & { kind: 'tool-call' }): void => {
      const args =
        opening.name === ''
          ? undefined
          : toArgs({ ...opening, arguments: unescapeJson(part.escaped) })
      if (!args) unfinished = true
      else
        writePart({
          functionCall: { id: toUniqueId(opening.id), name: opening.name, args },
          ...thoughts.take(),
        })
    }

    /** Writes what belongs to the end of a part. */
    const close = (part: WaitingPart): void => {
      const { opening } = part
      switch (opening.kind) {
        case 'reasoning':
          return thoughts.add(
            withoutUndefined({
              kind: 'reasoning',
              text: unescapeJson(part.written.value),
              signature: part.signature,
              redacted: opening.redacted,
            } as Parameters<typeof thoughts.add>[0]),
          )
        case 'tool-call':
          return writeCall(part, opening)
        case 'audio':
          return writeKnown(toAudioPart(opening.format, unescapeJson(part.escaped)))
        case 'native':
          return writeKnown(toNativePart(opening.protocol, opening.value))
        case 'text':
        case 'refusal':
          return void texts.push(part)
        case 'citation':
      }
    }

    /** Writes the first waiting part as far as it has arrived, then the parts that it held up. */
    const advance = (): void => {
      for (let next = waiting[0]; next; next = waiting[0]) {
        if (IMMEDIATE.has(next.opening.kind)) writeText(next)
        if (!next.ended) return
        waiting.shift()
        close(next)
      }
    }

    const fail = (error: GatewayError): void => {
      ended = true
      emit(encodeStreamError(error))
    }

    const toGrounding = (): JsonObject | undefined =>
      encodeGrounding(
        placeCitations(
          texts.map(({ index, cited }) => ({ cited, citations: citations.get(index) ?? [] })),
        ),
      )

    const finish = (ending: MessageEnd): void => {
      for (const part of waiting) part.ended = true
      advance()
      if (unfinished && !isCutShort(ending.reason)) return fail(invalidArguments())
      ended = true
      const candidate = withoutUndefined({
        content: { parts: [{ text: '', ...thoughts.take() }], role: 'model' },
        ...encodeFinishReason(ending),
        index: 0,
        groundingMetadata: citations.size > 0 ? toGrounding() : undefined,
      })
      const usageMetadata = encodeUsage(ending.usage, answer.inputTokens)
      emit(
        sseData({
          candidates: [candidate],
          usageMetadata,
          modelVersion: answer.model,
          responseId,
        }),
      )
    }

    const cite = ({ of, citation }: Cited): void => {
      const known = citations.get(of)
      if (known) known.push(citation)
      else citations.set(of, [citation])
    }

    const find = (index: number): WaitingPart | undefined => {
      const part = latest.get(index)
      return part?.ended ? undefined : part
    }

    return {
      push(event) {
        if (ended) return
        if (event.type === 'error') return fail(event.error)
        begin(event.type === 'message-start' ? event.id : '')
        switch (event.type) {
          case 'message-start':
            return
          case 'part-start': {
            const { index, part } = event
            if (part.kind === 'citation') return cite(part)
            if (find(index)) return
            const started = {
              index,
              opening: part,
              escaped: '',
              written: createGrowingText(),
              cited: createCitedText(),
              ended: false,
              signature: undefined,
            }
            waiting.push(started)
            latest.set(index, started)
            return
          }
          case 'part-delta': {
            const part = find(event.index)
            if (!part) return
            part.escaped += toEscaped(event)
            if (part === waiting[0] && IMMEDIATE.has(part.opening.kind)) writeText(part)
            return
          }
          case 'part-end': {
            const part = find(event.index)
            if (!part) return
            part.ended = true
            part.signature = event.signature
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

/** Kinds that are written as they arrive. */
const IMMEDIATE: ReadonlySet<PartOpening['kind']> = new Set(['text', 'refusal', 'reasoning'])
