/** Reads the events of an answer, streamed or not, and emits them as model events. */
import { isJsonObject, type JsonObject, type Usage } from '#model'
import type { AnswerWriter } from '../answers/answer-writer.ts'
import { endAnswer } from '../answers/endings.ts'
import { lookUp } from '../requests/fields.ts'
import { unwrapFreeform } from '../requests/tools/freeform-input.ts'
import { toText } from '../requests/lenient-fields.ts'
import type { Undo } from '../protocol.ts'
import { UNREPORTED } from '../tokens/estimated-usage.ts'
import { toOpeningUsage, toRunningUsage } from '../tokens/running-usage.ts'
import { toCitation } from './citations.ts'
import { toFinishReason } from './finish-reasons.ts'
import { isReported, mergeUsage, toUsage } from './usage.ts'
import type { WireBlock, WireDelta, WireEvent, WireUsage } from './wire.ts'

/** A block that has started and not stopped. */
interface OpenBlock {
  /** Where its deltas go; `held` until it is complete. */
  readonly kind: 'text' | 'reasoning' | 'tool-call' | 'held'
  readonly key: string
  readonly part: number
  signature: string | undefined
  held: string
  /** Emits what was held back. */
  readonly release?: (held: string) => void
}

export interface AnswerReader {
  /** The part that grew, if its next delta may be spliced in without parsing; otherwise undefined. */
  read(event: WireEvent): number | undefined
  usage(): Partial<Usage>
}

const KINDS: Readonly<Record<string, OpenBlock['kind']>> = {
  text_delta: 'text',
  thinking_delta: 'reasoning',
  input_json_delta: 'tool-call',
}

const STARTS: Readonly<Record<string, WireBlock>> = {
  text_delta: { type: 'text' },
  thinking_delta: { type: 'thinking' },
}

const textOf = (delta: WireDelta): string =>
  toText(delta.text ?? delta.thinking ?? delta.partial_json ?? delta.content)

const isFilledObject = (value: unknown): value is JsonObject =>
  isJsonObject(value) && Object.keys(value).length > 0

const parseInput = (json: string, fallback: unknown): unknown => {
  try {
    return json === '' ? fallback : JSON.parse(json)
  } catch {
    return fallback
  }
}

export const createAnswerReader = (answer: AnswerWriter, undo: Undo): AnswerReader => {
  const blocks = new Map<number, OpenBlock>()
  let newest = 0
  let opened = 0
  let usage: WireUsage = {}
  let running: Partial<Usage> = {}
  let callsTools = false
  let stopReason = ''
  let stopSequence = ''

  const addUsage = (reported: unknown): void => {
    if (isJsonObject(reported)) usage = mergeUsage(usage, reported)
  }

  const openPart = (
    kind: 'text' | 'reasoning' | 'tool-call',
    opening: Parameters<AnswerWriter['open']>[1],
  ): OpenBlock => {
    const key = String(opened++)
    return { kind, key, part: answer.open(key, opening), signature: undefined, held: '' }
  }

  const openNative = (value: JsonObject): OpenBlock => ({
    kind: 'held',
    key: '',
    part: -1,
    signature: undefined,
    held: '',
    release(held) {
      const complete =
        value.type === 'compaction'
          ? { ...value, content: toText(value.content) + held }
          : 'input' in value
            ? { ...value, input: parseInput(held, value.input) }
            : value
      const key = String(opened++)
      answer.open(key, () => ({ kind: 'native', protocol: 'anthropic-messages', value: complete }))
      answer.close(key)
    },
  })

  const openCall = (call: WireBlock): OpenBlock => {
    const id = toText(call.id)
    const sent = toText(call.name)
    // A complete answer has its input here, and so do the streams of some vendors.
    const complete = isFilledObject(call.input) ? JSON.stringify(call.input) : ''
    const orComplete = (block: OpenBlock): OpenBlock =>
      complete === ''
        ? { ...block, kind: 'tool-call' }
        : { ...block, kind: 'held', release: (held) => answer.write(block.part, held || complete) }
    if (sent === undo.answerTool) return orComplete(openPart('text', () => ({ kind: 'text' })))
    callsTools = true
    const name = undo.toolNames.get(sent) ?? sent
    const freeform = undo.freeformTools.has(name)
    const block = openPart('tool-call', () =>
      freeform ? { kind: 'tool-call', id, name, freeform } : { kind: 'tool-call', id, name },
    )
    if (!freeform) return orComplete(block)
    const release = (held: string) => answer.write(block.part, unwrapFreeform(held || complete))
    return { ...block, kind: 'held', release }
  }

  const cite = (of: number, value: unknown): void => {
    if (!isJsonObject(value)) return
    const key = String(opened++)
    answer.open(key, () => ({ kind: 'citation', of, citation: toCitation(value) }))
    answer.close(key)
  }

  const openText = ({ text, citations }: WireBlock): OpenBlock => {
    const block = openPart('text', () => ({ kind: 'text' }))
    answer.write(block.part, toText(text))
    if (Array.isArray(citations)) for (const citation of citations) cite(block.part, citation)
    return block
  }

  const openThinking = ({ thinking, signature }: WireBlock): OpenBlock => {
    const block = openPart('reasoning', () => ({ kind: 'reasoning' }))
    answer.write(block.part, toText(thinking))
    return { ...block, signature: toText(signature) || undefined }
  }

  const OPENERS: Readonly<Record<string, (block: WireBlock) => OpenBlock>> = {
    text: openText,
    thinking: openThinking,
    // The block is complete from the start, so its deltas are ignored.
    redacted_thinking: ({ data }) => ({
      ...openPart('reasoning', () => ({ kind: 'reasoning', redacted: toText(data) })),
      kind: 'held',
    }),
    tool_use: openCall,
  }

  const stop = (index: number): void => {
    const block = blocks.get(index)
    if (!block) return
    blocks.delete(index)
    block.release?.(block.held)
    answer.close(block.key, block.signature)
  }

  const start = (index: number, block: WireBlock): OpenBlock => {
    answer.begin('', '')
    stop(index)
    newest = index
    const open = (lookUp(OPENERS, block.type) ?? openNative)(block)
    blocks.set(index, open)
    return open
  }

  const readDelta = (index: number, delta: WireDelta): number | undefined => {
    const { type } = delta
    const implied = lookUp(STARTS, type)
    const block = blocks.get(index) ?? (implied && start(index, implied))
    if (!block) return undefined
    if (type === 'signature_delta') {
      block.signature = toText(delta.signature) || block.signature
    } else if (type === 'citations_delta') {
      if (block.kind === 'text') cite(block.part, delta.citation)
    } else if (block.kind === 'held') block.held += textOf(delta)
    else if (lookUp(KINDS, type) === block.kind) {
      const text = textOf(delta)
      answer.write(block.part, text)
      return text === '' ? undefined : block.part
    }
    return undefined
  }

  const READERS: Readonly<Record<string, (event: WireEvent, index: number) => number | void>> = {
    message_start({ message }) {
      if (!isJsonObject(message)) return
      addUsage(message.usage)
      const reported = isReported(usage) ? toUsage(usage) : undefined
      running = toOpeningUsage(reported)
      answer.begin(toText(message.id), toText(message.model), reported)
    },
    content_block_start({ content_block }, index) {
      if (isJsonObject(content_block)) start(index, content_block)
    },
    content_block_delta({ delta }, index) {
      return isJsonObject(delta) ? readDelta(index, delta) : undefined
    },
    content_block_stop: (_, index) => stop(index),
    message_delta(event) {
      addUsage(event.usage)
      if (event.usage && isReported(usage)) running = toRunningUsage(toUsage(usage))
      stopReason = toText(event.delta?.stop_reason) || stopReason
      stopSequence = toText(event.delta?.stop_sequence) || stopSequence
    },
    message_stop() {
      answer.begin('', '')
      for (const index of blocks.keys()) stop(index)
      endAnswer(answer, toFinishReason, {
        word: stopReason,
        callsTools,
        usage: isReported(usage) ? toUsage(usage) : UNREPORTED,
        stopSequence: stopSequence || undefined,
      })
    },
  }

  return {
    read(event) {
      const read = lookUp(READERS, event.type)
      return read?.(event, typeof event.index === 'number' ? event.index : newest) ?? undefined
    },
    usage: () => running,
  }
}
