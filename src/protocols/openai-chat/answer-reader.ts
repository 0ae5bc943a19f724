/** Follows the chunks of an answer, or a whole one as a single chunk, and tells them in the vocabulary. */
import { type Citation, GatewayError, isJsonObject, type Usage } from '#model'
import type { ByteString } from '#streams'
import type { AnswerWriter } from '../answer-writer.ts'
import { estimateUsage } from '../estimated-usage.ts'
import { toList, toText } from '../lenient-fields.ts'
import { toUrlCitation } from '../openai-content.ts'
import type { Undo } from '../protocol.ts'
import { createCallReader, type OpenCall } from './call-reader.ts'
import { decodeStreamError } from './errors.ts'
import { toFinishReason } from './finish-reasons.ts'
import { textOfDetail } from './reasoning-details.ts'
import { toUsage } from './usage.ts'
import type { WireAnswer, WireChoice, WireDelta } from './wire.ts'
import { brokenStream, unreadable } from '../upstream-failure.ts'

/** The one text that a chunk added to, and did nothing else. */
export interface Growth {
  readonly part: number
  /** Its key on the wire. */
  readonly key: string
  readonly call?: OpenCall
}

export interface AnswerReader {
  read(chunk: WireAnswer): Growth | undefined
  /** More of the same text, unread, of that many characters. */
  splice(growth: Growth, escaped: ByteString, characters: number): void
  /** The upstream says that this is all. */
  finish(): void
  /** The upstream has closed the stream. */
  end(): void
}

type Speech = 'text' | 'reasoning' | 'refusal'

export const createAnswerReader = (answer: AnswerWriter, undo: Undo): AnswerReader => {
  let id = ''
  let model = ''
  let usage: Usage | undefined
  let reason = ''
  let characters = 0
  let speaking: Speech | undefined
  let textPart: number | undefined
  let thinksInPlainText = false
  let citations = 0
  let growths: Growth[] = []
  // Told by the chunk at hand: something beside the growth of one text.
  let toldMore = false
  const calls = createCallReader(answer, undo, () => id)

  const hush = (): void => {
    if (speaking === undefined) return
    answer.close(speaking)
    speaking = undefined
  }

  const speak = (speech: Speech, key: string, text: unknown): void => {
    if (typeof text !== 'string' || text === '') return
    if (speaking !== speech) {
      hush()
      speaking = speech
    }
    const part = answer.open(speech, () => ({ kind: speech }))
    if (speech === 'text') textPart = part
    answer.write(part, text)
    characters += text.length
    growths.push({ part, key })
  }

  /** Text, or a list of parts as Mistral writes it: https://docs.mistral.ai/capabilities/reasoning */
  const readContent = (content: unknown): void => {
    if (!Array.isArray(content)) return speak('text', 'content', content)
    toldMore = true
    for (const part of content.filter(isJsonObject)) {
      if (part.type === 'thinking') speak('reasoning', '', joinTexts(part.thinking))
      else if (part.type === 'refusal') speak('refusal', '', part.refusal)
      else speak('text', '', part.text)
    }
  }

  /** The details say the same again, perhaps later, and are read only where nothing else was. */
  const readReasoning = ({ reasoning_content, reasoning, reasoning_details }: WireDelta): void => {
    const key = reasoning_content ? 'reasoning_content' : 'reasoning'
    const text = reasoning_content || reasoning
    if (text) {
      thinksInPlainText = true
      speak('reasoning', key, text)
    } else if (!thinksInPlainText) speak('reasoning', '', joinTexts(reasoning_details))
  }

  const readCall = (delta: unknown): void => {
    if (!isJsonObject(delta)) return
    hush()
    const call = calls.read(delta)
    if (call?.part === undefined) toldMore = true
    else growths.push({ part: call.part, key: delta.custom ? 'input' : 'arguments', call })
  }

  const cite = (annotation: unknown): void => {
    const citation = toCitation(annotation)
    if (!citation || textPart === undefined) return
    const of = textPart
    const key = `citation ${citations++}`
    answer.open(key, () => ({ kind: 'citation', of, citation }))
    answer.close(key)
    toldMore = true
  }

  const readDelta = (delta: WireDelta): void => {
    readReasoning(delta)
    readContent(delta.content)
    speak('refusal', 'refusal', delta.refusal)
    for (const annotation of toList(delta.annotations)) cite(annotation)
    for (const call of toList(delta.tool_calls)) readCall(call)
    if (isJsonObject(delta.function_call)) readCall({ index: 0, function: delta.function_call })
  }

  const readUsage = (told: unknown): void => {
    if (!isJsonObject(told)) return
    usage = toUsage(told)
    toldMore = true
  }

  const readChoice = (choice: WireChoice): void => {
    answer.begin(id, model)
    const delta = choice.delta ?? choice.message
    if (isJsonObject(delta)) readDelta(delta)
    readUsage(choice.usage)
    if (typeof choice.finish_reason !== 'string' || choice.finish_reason === '') return
    reason = choice.finish_reason
    toldMore = true
  }

  const finish = (): void => {
    if (!answer.begun) return answer.fail(unreadable())
    if (reason === 'error')
      return answer.fail(
        new GatewayError('upstream_failed', 'The upstream broke off its answer with an error.'),
      )
    calls.end()
    answer.finish(
      toFinishReason(reason, calls.any),
      usage ?? estimateUsage(characters + calls.characters),
    )
  }

  return {
    read(chunk) {
      if (chunk.error) {
        answer.fail(decodeStreamError({ ...chunk }))
        return undefined
      }
      growths = []
      toldMore = false
      id ||= toText(chunk.id)
      model ||= toText(chunk.model)
      const choices = toList(chunk.choices).filter(isJsonObject)
      const first = choices.find(({ index }) => index === 0 || typeof index !== 'number')
      if (first) readChoice(first)
      readUsage(isJsonObject(chunk.x_groq) ? chunk.x_groq.usage : undefined)
      readUsage(chunk.usage)
      const [growth] = growths
      return toldMore || choices.length !== 1 || growths.length !== 1 ? undefined : growth
    },
    splice({ part, call }, escaped, length) {
      answer.splice(part, escaped)
      characters += length
      if (call) call.escaped += escaped
    },
    finish,
    end() {
      if (reason !== '') return finish()
      answer.fail(brokenStream())
    },
  }
}

/** The texts of a list of thoughts, or of summaries of them. */
const joinTexts = (details: unknown): string =>
  toList(details).filter(isJsonObject).map(textOfDetail).join('')

const toCitation = (annotation: unknown): Citation | undefined => {
  const cited = isJsonObject(annotation) ? annotation.url_citation : undefined
  if (!isJsonObject(cited)) return undefined
  return toUrlCitation(cited, { protocol: 'openai-chat', value: annotation })
}
