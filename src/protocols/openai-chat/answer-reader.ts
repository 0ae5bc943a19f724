/** Follows the chunks of an answer, or a whole one as a single chunk, and tells them in the vocabulary. */
import { isJsonObject, type Usage } from '#model'
import type { ByteString } from '#streams'
import type { AnswerWriter } from '../answers/answer-writer.ts'
import { endAnswer } from '../answers/endings.ts'
import { createSpeech, type SpeechKind } from '../answers/speech.ts'
import { estimateUsage } from '../tokens/estimated-usage.ts'
import { toList, toText } from '../requests/lenient-fields.ts'
import type { Undo } from '../protocol.ts'
import { toRunningUsage } from '../tokens/running-usage.ts'
import { decodeAnnotation, type SaidText } from './annotations.ts'
import { createCallReader, type OpenCall } from './call-reader.ts'
import { toFinishReason } from './finish-reasons.ts'
import { textOfDetail } from './reasoning-details.ts'
import { decodeChunkUsage } from './usage.ts'
import type { WireAnswer, WireChoice, WireDelta } from './wire.ts'
import { brokenStream, unreadable } from '../errors/upstream-failure.ts'

/** The one text that a chunk added to, and did nothing else. */
export interface Growth {
  readonly part: number
  /** Its key on the wire. */
  readonly key: string
  readonly call?: OpenCall
  /** The chunk also says what was used so far. */
  readonly tellsUsage: boolean
}

export interface AnswerReader {
  read(chunk: WireAnswer): Growth | undefined
  /** What was used so far, where it is told. */
  readUsage(told: Usage | undefined): void
  /** More of the same text, unread, of that many characters. */
  splice(growth: Growth, escaped: ByteString, characters: number): void
  /** The upstream says that this is all. */
  finish(): void
  /** The upstream has closed the stream. */
  end(): void
  /** It has said why it ended. */
  isWhole(): boolean
  usage(): Partial<Usage>
}

export const createAnswerReader = (answer: AnswerWriter, undo: Undo): AnswerReader => {
  let id = ''
  let model = ''
  let usage: Usage | undefined
  let reason = ''
  let stopSequence: string | undefined
  let characters = 0
  const speech = createSpeech(answer)
  const texts: SaidText[] = []
  // How much had been said when the last of them began.
  let said = 0
  let thinksInPlainText = false
  let citations = 0
  let growths: Omit<Growth, 'tellsUsage'>[] = []
  // Told by the chunk at hand: something beside the growth of one text.
  let toldMore = false
  const calls = createCallReader(answer, undo, () => id)

  const measure = (): void => {
    const last = texts.at(-1)
    if (last && speech.kind === 'text') last.characters = characters - said
  }

  const hush = (): void => {
    measure()
    speech.close()
  }

  const speak = (kind: SpeechKind, key: string, text: unknown): void => {
    if (typeof text !== 'string' || text === '') return
    const goesOn = speech.kind === kind
    if (!goesOn) hush()
    const part = speech.open(kind)
    if (kind === 'text' && !goesOn) {
      texts.push({ part, characters: 0 })
      said = characters
    }
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
    measure()
    const found = decodeAnnotation(annotation, texts)
    if (!found) return
    const key = `citation ${citations++}`
    answer.open(key, () => ({ kind: 'citation', ...found }))
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

  const readUsage = (told: Usage | undefined): void => {
    usage = told ?? usage
  }

  const readChoice = (choice: WireChoice): void => {
    answer.begin(id, model)
    const delta = choice.delta ?? choice.message
    if (isJsonObject(delta)) readDelta(delta)
    if (typeof choice.finish_reason !== 'string' || choice.finish_reason === '') return
    reason = choice.finish_reason
    const met = choice.stop_reason ?? choice.matched_stop
    stopSequence = undo.stopSequences?.find((sequence) => sequence === met)
    toldMore = true
  }

  const finish = (): void => {
    if (!answer.begun) return answer.fail(unreadable())
    calls.end()
    const isStopped = stopSequence !== undefined && toFinishReason(reason, calls.any()) === 'stop'
    endAnswer(answer, toFinishReason, {
      word: isStopped ? 'stop_sequence' : reason,
      callsTools: calls.any(),
      usage: usage ?? estimateUsage(characters + calls.characters()),
      stopSequence: isStopped ? stopSequence : undefined,
    })
  }

  return {
    read(chunk) {
      growths = []
      toldMore = false
      id ||= toText(chunk.id)
      model ||= toText(chunk.model)
      const choices = toList(chunk.choices).filter(isJsonObject)
      const first = choices.find(({ index }) => index === 0 || typeof index !== 'number')
      if (first) readChoice(first)
      const told = decodeChunkUsage(chunk)
      readUsage(told)
      const [growth, ...others] = growths
      if (!growth || toldMore || choices.length !== 1 || others.length > 0) return undefined
      return { ...growth, tellsUsage: told !== undefined }
    },
    readUsage,
    splice({ part, call }, escaped, length) {
      answer.splice(part, escaped)
      characters += length
      if (call) calls.add(call, escaped)
    },
    finish,
    end() {
      if (reason !== '') return finish()
      answer.fail(brokenStream())
    },
    isWhole: () => reason !== '',
    usage: () => toRunningUsage(usage),
  }
}

/** The texts of a list of thoughts, or of summaries of them. */
const joinTexts = (details: unknown): string =>
  toList(details).filter(isJsonObject).map(textOfDetail).join('')
