/** Follows the pieces of an answer, or a whole one as a single piece, and tells them in the vocabulary. */
import { type Citation, GatewayError, isJsonObject, type JsonObject, type Usage } from '#model'
import { type ByteString, escapeJson } from '#streams'
import type { AnswerWriter } from '../answers/answer-writer.ts'
import type { Place } from '../answers/cited-places.ts'
import { endAnswer } from '../answers/endings.ts'
import { createSpeech, type SpeechKind } from '../answers/speech.ts'
import { estimateUsage } from '../tokens/estimated-usage.ts'
import { unwrapFreeform } from '../requests/tools/freeform-input.ts'
import { toList, toText } from '../requests/lenient-fields.ts'
import type { Undo } from '../protocol.ts'
import { toRunningUsage } from '../tokens/running-usage.ts'
import { createUniqueIds, generateCallId } from '../answers/unique-ids.ts'
import { brokenStream } from '../errors/upstream-failure.ts'
import { createCitedTexts } from './cited-text.ts'
import { findPlace, type SaidPart, toCitations } from './citations.ts'
import { FAILURES, toFinishReason } from './finish-reasons.ts'
import { DEFAULT_PROVIDER, type SignedPlace, toSignature } from './thoughts/thought-signatures.ts'
import { decodeSearches, decodeUsage, type SearchUse } from './usage.ts'
import type { WireAnswer, WireCandidate, WirePart } from './wire.ts'

interface AnswerReader {
  /** The part that got more text, where the answer's piece says nothing else. */
  read(answer: WireAnswer): number | undefined
  /** Of a piece that was known again, what was used so far. */
  readUsage(piece: WireAnswer): void
  /** More of the same text, unread, of that many characters. */
  splice(part: number, escaped: ByteString, characters: number): void
  /** Nothing more will come. */
  end(): void
  /** It has said why it ended. */
  isWhole(): boolean
  usage(): Partial<Usage>
}

/** @param citedBytes of text that are kept for citations. */
export const createAnswerReader = (
  answer: AnswerWriter,
  undo: Undo,
  citedBytes?: number,
): AnswerReader => {
  const { provider = DEFAULT_PROVIDER } = undo
  const toUniqueId = createUniqueIds()
  let usage: Usage | undefined
  let searches: SearchUse = {}
  let reason = ''
  let blocked = false
  let characters = 0
  const speech = createSpeech(answer)
  const texts: SaidPart[] = []
  const createCitedText = createCitedTexts(citedBytes)
  let responseId = ''
  let parts = 0
  let calls = 0

  const keep = (part: number, escaped: ByteString): void => {
    if (texts.at(-1)?.part !== part) texts.push({ part, said: createCitedText() })
    texts.at(-1)?.said.add(escaped)
  }

  const speak = (kind: SpeechKind, text: string): number => {
    const part = speech.open(kind)
    if (kind === 'text') keep(part, escapeJson(text))
    answer.write(part, text)
    characters += text.length
    return part
  }

  /** The thought that is open is the one that was signed; where none is, it was not shown. */
  const sign = (place: SignedPlace, { thoughtSignature }: WirePart): void => {
    if (typeof thoughtSignature !== 'string' || thoughtSignature === '') return
    if (speech.kind !== 'reasoning') speak('reasoning', '')
    speech.close(toSignature(provider, place, thoughtSignature))
  }

  const readText = (part: WirePart, text: string): number | undefined => {
    if (part.thought === true) {
      const index = text === '' ? undefined : speak('reasoning', text)
      sign('thought', part)
      return index
    }
    sign(text === '' ? 'empty-text' : 'text', part)
    return text === '' ? undefined : speak('text', text)
  }

  const readCall = (part: WirePart, call: JsonObject): void => {
    sign('call', part)
    speech.close()
    const sent = toText(call.name)
    const args = JSON.stringify(isJsonObject(call.args) ? call.args : {})
    characters += args.length
    if (sent === undo.answerTool) return void speak('text', args)
    const name = undo.toolNames.get(sent) ?? sent
    const freeform = undo.freeformTools.has(name)
    const nth = String(calls++)
    const id = toUniqueId(toText(call.id) || generateCallId(responseId, nth))
    const opening = { kind: 'tool-call', id, name } as const
    const key = `part ${parts++}`
    const index = answer.open(key, () => (freeform ? { ...opening, freeform } : opening))
    answer.write(index, freeform ? unwrapFreeform(args) : args)
    answer.close(key)
  }

  const readOther = (part: WirePart): void => {
    speech.close()
    const key = `part ${parts++}`
    const audio = toAudio(part)
    const id = `${responseId || 'audio'}_${parts}`
    const index = answer.open(key, () =>
      audio
        ? { kind: 'audio', id, format: audio.format }
        : { kind: 'native', protocol: 'gemini', value: part },
    )
    if (audio) answer.write(index, audio.data)
    answer.close(key)
  }

  const readPart = (part: WirePart): number | undefined => {
    if (typeof part.text === 'string') return readText(part, part.text)
    if (isJsonObject(part.functionCall)) return void readCall(part, part.functionCall)
    // A part of nothing but a signature.
    if (Object.keys(part).every((key) => key === 'thoughtSignature' || key === 'thought'))
      return void sign('empty-text', part)
    return void readOther(part)
  }

  const cite = (citation: Citation, place: Place | undefined): void => {
    const found = place && findPlace(texts, place)
    const of = found?.part ?? texts.at(-1)?.part
    if (of === undefined) return
    const placed = found ? { ...citation, start: found.start, end: found.end } : citation
    const key = `part ${parts++}`
    answer.open(key, () => ({ kind: 'citation', of, citation: placed }))
    answer.close(key)
  }

  const readCandidate = (candidate: WireCandidate): number | undefined => {
    const { content, finishReason, finishMessage } = candidate
    const told = isJsonObject(content) ? toList(content.parts).filter(isJsonObject) : []
    const grown = told.map(readPart)
    const citations = toCitations(candidate, told)
    for (const { citation, place } of citations) cite(citation, place)
    if (typeof finishReason === 'string' && finishReason !== '') reason = finishReason
    if (FAILURES.has(reason)) answer.fail(unusable(reason, finishMessage))
    return grown.length === 1 && citations.length === 0 && reason === '' ? grown[0] : undefined
  }

  /** Not the answer was stopped, but the question. */
  const readFeedback = (feedback: JsonObject): void => {
    if (!feedback.blockReason) return
    blocked = true
    const { blockReasonMessage: message } = feedback
    if (typeof message !== 'string' || message === '') return
    const key = `part ${parts++}`
    answer.write(
      answer.open(key, () => ({ kind: 'refusal' })),
      message,
    )
    answer.close(key)
  }

  const readUsage = (told: WireAnswer): void => {
    searches = decodeSearches(told) ?? searches
    usage = decodeUsage(told, searches) ?? (usage && { ...usage, ...searches })
  }

  return {
    readUsage,
    read(told) {
      readUsage(told)
      const { candidates, promptFeedback } = told
      if (!Array.isArray(candidates) && !isJsonObject(promptFeedback)) return undefined
      responseId ||= toText(told.responseId)
      answer.begin(responseId, toText(told.modelVersion), usage)
      if (isJsonObject(promptFeedback)) readFeedback(promptFeedback)
      const first = toList(candidates)
        .filter(isJsonObject)
        .find(({ index }) => index === 0 || index === undefined)
      const part = first && readCandidate(first)
      return told.promptFeedback === undefined ? part : undefined
    },
    splice(part, escaped, length) {
      if (speech.kind === 'text') keep(part, escaped)
      answer.splice(part, escaped)
      characters += length
    },
    end() {
      if (answer.ended) return
      if (reason === '' && !blocked) return answer.fail(brokenStream())
      speech.close()
      endAnswer(answer, toFinishReason, {
        word: blocked ? 'SAFETY' : reason,
        callsTools: calls > 0,
        usage: usage ?? estimateUsage(characters),
      })
    },
    isWhole: () => reason !== '' || blocked,
    usage: () => toRunningUsage(usage),
  }
}

const unusable = (reason: string, message: unknown): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    toText(message) || `The model ended its answer with ${reason}.`,
    { vendorCode: reason },
  )

const AUDIO = /^audio\/(?<format>[\w.+-]+)/

const toAudio = ({ inlineData }: WirePart) => {
  if (!isJsonObject(inlineData) || typeof inlineData.data !== 'string') return undefined
  const format = AUDIO.exec(toText(inlineData.mimeType))?.groups?.['format']
  return format === undefined ? undefined : { format, data: inlineData.data }
}
