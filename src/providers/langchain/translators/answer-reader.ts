/** Tells the chunks of a LangChain answer, or a whole one as a single chunk, in the vocabulary. */
import { isJsonObject, type JsonObject, NO_USAGE, type Usage } from '#model'
import {
  type AnswerWriter,
  createSpeech,
  endAnswer,
  estimateUsage,
  lookUp,
  type SpeechKind,
  toRareUsage,
  toTexts,
  toTokenCount,
} from '#protocols'
import type { AnswerMessage, UsageMetadata } from '../models/chat-model.ts'
import { stopSequenceOf, toFinishReason, wordOf } from './finish-reasons.ts'
import { callsOf, type CallUndo, createCallReader } from './call-reader.ts'

export interface AnswerReader {
  read(message: AnswerMessage): void
  finish(): void
}

/** @param model the name that the answer carries where the upstream tells none. */
export const createAnswerReader = (
  answer: AnswerWriter,
  undo: CallUndo,
  model: string,
): AnswerReader => {
  const calls = createCallReader(answer, undo)
  const speech = createSpeech(answer)
  let signature: string | undefined
  let place: unknown
  let usage: Usage | undefined
  let tier: unknown
  let word = ''
  let stopSequence: string | undefined
  let characters = 0

  const hush = (): void => {
    speech.close(signature)
    signature = undefined
  }

  const turnTo = (kind: SpeechKind): number => {
    if (speech.kind !== kind) hush()
    return speech.open(kind)
  }

  const speak = (kind: SpeechKind, text: unknown): void => {
    if (typeof text !== 'string' || text === '') return
    answer.write(turnTo(kind), text)
    characters += text.length
  }

  const think = (block: JsonObject, text: unknown, proof: unknown): void => {
    // Each thought is signed by itself.
    if (speech.kind === 'reasoning' && block.index !== place) hush()
    place = block.index
    speak('reasoning', text)
    if (typeof proof !== 'string' || proof === '') return
    turnTo('reasoning')
    signature = (signature ?? '') + proof
  }

  const redact = (redacted: unknown): void => {
    if (typeof redacted !== 'string') return
    hush()
    answer.open('reasoning', () => ({ kind: 'reasoning', redacted }))
    answer.close('reasoning')
  }

  /** Blocks as the integrations write them, and as LangChain's own standard has them. */
  const BLOCKS: Readonly<Record<string, (block: JsonObject) => void>> = {
    text: ({ text }) => speak('text', text),
    output_text: ({ text }) => speak('text', text),
    refusal: ({ refusal }) => speak('refusal', refusal),
    thinking: (block) => think(block, block.thinking, block.signature),
    reasoning: (block) =>
      think(block, block.reasoning ?? toTexts(block.summary).join(''), block.signature),
    reasoning_content(block) {
      const { text, signature: proof } = isJsonObject(block.reasoningText)
        ? block.reasoningText
        : {}
      think(block, text, proof)
      redact(block.redactedContent)
    },
    redacted_thinking: ({ data }) => redact(data),
  }

  const readContent = (content: unknown): void => {
    if (!Array.isArray(content)) return speak('text', content)
    for (const block of content.filter(isJsonObject)) lookUp(BLOCKS, block.type)?.(block)
  }

  return {
    read(message) {
      const told = message.response_metadata?.model_name
      answer.begin(message.id ?? '', typeof told === 'string' && told !== '' ? told : model)
      speak('reasoning', message.additional_kwargs?.reasoning_content)
      readContent(message.content)
      speak('refusal', message.additional_kwargs?.refusal)
      for (const call of callsOf(message)) {
        hush()
        calls.read(call)
      }
      stopSequence = stopSequenceOf(message) ?? stopSequence
      word = wordOf(message) || word
      const own = ownUsageOf(message)
      tier = message.response_metadata?.service_tier ?? own.service_tier ?? tier
      if (!message.usage_metadata) return
      const spent = add(usage ?? NO_USAGE, message.usage_metadata, { ...own, service_tier: tier })
      // What is said of the output before there is any is a placeholder, as Anthropic's is.
      const isSilent = word === '' && characters + calls.characters === 0 && !calls.any
      usage = isSilent ? { ...spent, outputTokens: 0, reasoningTokens: 0 } : spent
    },
    finish() {
      answer.begin('', model)
      hush()
      calls.flush()
      const spent = usage ?? estimateUsage(characters + calls.characters)
      endAnswer(answer, toFinishReason, { word, callsTools: calls.any, usage: spent, stopSequence })
    },
  }
}

const sum = (counted = 0, more: unknown): number => counted + toTokenCount(more)

/** The usage in the vendor's own words, which @langchain/anthropic passes on. */
const ownUsageOf = ({ response_metadata: metadata }: AnswerMessage): JsonObject =>
  isJsonObject(metadata?.usage) ? metadata.usage : {}

const add = (usage: Usage, told: UsageMetadata, own: JsonObject): Usage => {
  const { input_token_details: input = {}, output_token_details: output = {} } = told
  const { cache_creation: written, service_tier: tier } = own
  const writtenFor1h = isJsonObject(written) ? written.ephemeral_1h_input_tokens : undefined
  return {
    inputTokens: sum(usage.inputTokens, told.input_tokens),
    cacheReadTokens: sum(usage.cacheReadTokens, input.cache_read),
    cacheWriteTokens: sum(usage.cacheWriteTokens, input.cache_creation),
    outputTokens: sum(usage.outputTokens, told.output_tokens),
    reasoningTokens: sum(usage.reasoningTokens, output.reasoning),
    ...toRareUsage(
      {
        cacheWrite1hTokens: sum(usage.cacheWrite1hTokens, writtenFor1h),
        audioInputTokens: sum(usage.audioInputTokens, input.audio),
        imageInputTokens: sum(usage.imageInputTokens, input.image),
        audioOutputTokens: sum(usage.audioOutputTokens, output.audio),
        imageOutputTokens: sum(usage.imageOutputTokens, output.image),
      },
      tier,
    ),
  }
}
