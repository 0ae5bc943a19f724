/** Follows the pieces of an answer, or a whole one as a single piece, and tells them in the vocabulary. */
import { createHash, randomUUID } from 'node:crypto'
import {
  type Citation,
  GatewayError,
  isJsonObject,
  type JsonObject,
  NO_USAGE,
  type Usage,
} from '#model'
import type { ByteString } from '#streams'
import type { AnswerWriter } from '../answer-writer.ts'
import { unwrapFreeform } from '../freeform-input.ts'
import type { Undo } from '../protocol.ts'
import { brokenStream } from '../upstream-failure.ts'
import { toCitations } from './citations.ts'
import { decodeStreamError } from './errors.ts'
import { FAILURES, toFinishReason } from './finish-reasons.ts'
import { DEFAULT_PROVIDER, type SignedPlace, toSignature } from './thought-signatures.ts'
import { toUsage } from './usage.ts'
import type { WireAnswer, WireCandidate, WirePart } from './wire.ts'

interface AnswerReader {
  /** The part that got more text, where the answer's piece says nothing else. */
  read(answer: WireAnswer): number | undefined
  /** More of the same text, unread, of that many characters. */
  splice(part: number, escaped: ByteString, characters: number): void
  /** Nothing more will come. */
  end(): void
}

type Speech = 'text' | 'reasoning'

const CHARACTERS_PER_TOKEN = 4

export const createAnswerReader = (answer: AnswerWriter, undo: Undo): AnswerReader => {
  const { provider = DEFAULT_PROVIDER } = undo
  const ids = new Set<string>()
  let usage: Usage | undefined
  let reason = ''
  let blocked = false
  let characters = 0
  let speaking: Speech | undefined
  let textPart: number | undefined
  let responseId = ''
  let parts = 0
  let callsTools = false

  const hush = (signature?: string): void => {
    if (speaking !== undefined) answer.close(speaking, signature)
    speaking = undefined
  }

  const speak = (speech: Speech, text: string): number => {
    if (speaking !== speech) hush()
    speaking = speech
    const part = answer.open(speech, () => ({ kind: speech }))
    if (speech === 'text') textPart = part
    answer.write(part, text)
    characters += text.length
    return part
  }

  /** The thought that is open is the one that was signed; where none is, it was not shown. */
  const sign = (place: SignedPlace, { thoughtSignature }: WirePart): void => {
    if (typeof thoughtSignature !== 'string' || thoughtSignature === '') return
    if (speaking !== 'reasoning') speak('reasoning', '')
    hush(toSignature(provider, place, thoughtSignature))
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

  const toId = (told: unknown): string => {
    const base = typeof told === 'string' && told !== '' ? told : generateId(responseId, ids.size)
    let id = base
    for (let again = 2; ids.has(id); again++) id = `${base}_${again}`
    ids.add(id)
    return id
  }

  const readCall = (part: WirePart, call: JsonObject): void => {
    sign('call', part)
    hush()
    const sent = typeof call.name === 'string' ? call.name : ''
    const args = JSON.stringify(isJsonObject(call.args) ? call.args : {})
    characters += args.length
    if (sent === undo.answerTool) return void speak('text', args)
    const name = undo.toolNames.get(sent) ?? sent
    const freeform = undo.freeformTools.has(name)
    const opening = { kind: 'tool-call', id: toId(call.id), name } as const
    const key = `part ${parts++}`
    const index = answer.open(key, () => (freeform ? { ...opening, freeform } : opening))
    answer.write(index, freeform ? unwrapFreeform(args) : args)
    answer.close(key)
    callsTools = true
  }

  const readOther = (part: WirePart): void => {
    hush()
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

  const cite = (citation: Citation): void => {
    if (textPart === undefined) return
    const of = textPart
    const key = `part ${parts++}`
    answer.open(key, () => ({ kind: 'citation', of, citation }))
    answer.close(key)
  }

  const readCandidate = (candidate: WireCandidate): number | undefined => {
    const { content, finishReason, finishMessage } = candidate
    const told = isJsonObject(content) && Array.isArray(content.parts) ? content.parts : []
    const grown = told.filter(isJsonObject).map(readPart)
    const citations = toCitations(candidate)
    for (const citation of citations) cite(citation)
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

  return {
    read(told) {
      if (told.error) return void answer.fail(decodeStreamError({ ...told }))
      if (isJsonObject(told.usageMetadata)) usage = toUsage(told.usageMetadata)
      const { candidates, promptFeedback } = told
      if (!Array.isArray(candidates) && !isJsonObject(promptFeedback)) return undefined
      responseId ||= toText(told.responseId)
      answer.begin(responseId, toText(told.modelVersion), usage)
      if (isJsonObject(promptFeedback)) readFeedback(promptFeedback)
      const first = (Array.isArray(candidates) ? candidates : [])
        .filter(isJsonObject)
        .find(({ index }) => index === 0 || index === undefined)
      const part = first && readCandidate(first)
      return told.promptFeedback === undefined ? part : undefined
    },
    splice(part, escaped, length) {
      answer.splice(part, escaped)
      characters += length
    },
    end() {
      if (answer.ended) return
      if (reason === '' && !blocked) return answer.fail(brokenStream())
      hush()
      const estimate = {
        ...NO_USAGE,
        outputTokens: Math.ceil(characters / CHARACTERS_PER_TOKEN),
        estimated: true,
      }
      const ending = blocked ? 'content-filter' : toFinishReason(reason, callsTools)
      answer.finish(ending, usage ?? estimate)
    },
  }
}

export const unreadable = (): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    'The upstream sent something that its protocol does not know.',
  )

const unusable = (reason: string, message: unknown): GatewayError =>
  new GatewayError(
    'upstream_invalid',
    toText(message) || `The model ended its answer with ${reason}.`,
    { vendorCode: reason },
  )

const toText = (value: unknown): string => (typeof value === 'string' ? value : '')

const AUDIO = /^audio\/(?<format>[\w.+-]+)/

const toAudio = ({ inlineData }: WirePart) => {
  if (!isJsonObject(inlineData) || typeof inlineData.data !== 'string') return undefined
  const format = AUDIO.exec(toText(inlineData.mimeType))?.groups?.['format']
  return format === undefined ? undefined : { format, data: inlineData.data }
}

/** The same for the same answer, and unlike those of every other. */
const generateId = (responseId: string, nth: number): string =>
  `call_${createHash('sha256')
    .update(`${responseId || randomUUID()} ${nth}`)
    .digest('hex')
    .slice(0, 24)}`
