/** Reads the events of an answer, or a complete one as its last event, and emits them as events of the vocabulary. */
import { isJsonObject, type JsonObject, type PartOpening, type Usage } from '#model'
import type { ByteString } from '#streams'
import type { AnswerWriter } from '../answers/answer-writer.ts'
import { endAnswer } from '../answers/endings.ts'
import { estimateUsage } from '../tokens/estimated-usage.ts'
import { lookUp } from '../requests/fields.ts'
import { toList, toOptionalNumber, toText, toTexts } from '../requests/lenient-fields.ts'
import type { Undo } from '../protocol.ts'
import { sealedSignature } from '../thoughts/reasoning-origin.ts'
import { toRunningUsage } from '../tokens/running-usage.ts'
import { unreadable } from '../errors/upstream-failure.ts'
import { toCitation } from './annotations.ts'
import { PROTOCOL } from './decode-content.ts'
import { decodeStreamError } from './errors.ts'
import { toFinishReason, wordOf } from './finish-reasons.ts'
import { createItemFinder, type Item } from './state/item-finder.ts'
import { decodeUsage } from './usage.ts'

export interface AnswerReader {
  /** The part that grew, if its next delta may be spliced in without parsing; otherwise undefined. */
  read(event: JsonObject): number | undefined
  /** Appends escaped text of that many characters, without parsing its event. */
  splice(part: number, escaped: ByteString, characters: number): void
  usage(): Partial<Usage>
}

/** A text of the answer that may still grow, and what has been emitted of it. */
interface Growing {
  readonly key: string
  readonly part: number
  characters: number
  citations: number
  /** The section of an item's text that arrived last. */
  section: string
}

type MessageText = Growing & { readonly kind: 'text' | 'refusal' }

const CALLS: Readonly<Record<string, { readonly payload: string; readonly freeform: boolean }>> = {
  function_call: { payload: 'arguments', freeform: false },
  custom_tool_call: { payload: 'input', freeform: true },
}

export const createAnswerReader = (answer: AnswerWriter, undo: Undo): AnswerReader => {
  const texts = new Map<string, Growing>()
  /** By message. */
  const messageTexts = new Map<string, MessageText[]>()
  const items = createItemFinder()
  // The text that grew last, which further events are spliced into.
  let grown: Growing | undefined
  let callsTools = false
  let characters = 0
  let usage: Usage | undefined

  /** Opens the text if it is not open yet. */
  const open = (key: string, opening: () => PartOpening): Growing => {
    const known = texts.get(key)
    if (known) return known
    answer.begin('', '')
    const part = answer.open(key, opening)
    const growing = { key, part, characters: 0, citations: 0, section: '' }
    texts.set(key, growing)
    return growing
  }

  const write = (growing: Growing, text: string): number | undefined => {
    if (text === '' || !answer.isOpen(growing.key)) return undefined
    answer.write(growing.part, text)
    grown = growing
    growing.characters += text.length
    characters += text.length
    return growing.part
  }

  /** Emits a text that did not arrive in pieces. */
  const complete = (growing: Growing, text: string): void => {
    if (growing.characters === 0) write(growing, text)
  }

  const textFor = (event: JsonObject, kind: 'text' | 'refusal'): Growing => {
    const index = typeof event.content_index === 'number' ? event.content_index : 0
    const { key } = items.growOrBegin(event, 'message')
    return textAt(key, kind, index)
  }

  const textAt = (item: string, kind: MessageText['kind'], index: number): Growing => {
    const key = `${item} ${kind} ${index}`
    const known = texts.get(key)
    if (known) return known
    const text = Object.assign(
      open(key, () => ({ kind })),
      { kind },
    )
    const others = messageTexts.get(item)
    if (others) others.push(text)
    else messageTexts.set(item, [text])
    return text
  }

  const textsOf = (item: string): readonly MessageText[] => messageTexts.get(item) ?? []

  const thoughtOf = (item: string): Growing =>
    open(`${item} reasoning`, () => ({ kind: 'reasoning' }))

  /** The summaries of an item and its full thoughts become one text of several paragraphs. */
  const think = (event: JsonObject, section: string, text: string): number | undefined => {
    if (text === '') return undefined
    const growing = thoughtOf(items.growOrBegin(event, 'reasoning').key)
    const isNext = growing.characters > 0 && growing.section !== section
    growing.section = section
    return write(growing, isNext ? `\n\n${text}` : text)
  }

  const callOf = (item: string, call: JsonObject): Growing => {
    const freeform = lookUp(CALLS, call.type)?.freeform === true
    const sent = toText(call.name)
    const name = undo.toolNames.get(sent) ?? sent
    callsTools = true
    const opening = { kind: 'tool-call', id: toText(call.call_id), name } as const
    return open(`${item} call`, () => (freeform ? { ...opening, freeform } : opening))
  }

  const cite = (growing: Growing, annotation: unknown): void => {
    const citation = toCitation(annotation)
    if (!citation) return
    const key = `${growing.key} citation ${growing.citations++}`
    answer.open(key, () => ({ kind: 'citation', of: growing.part, citation }))
    answer.close(key)
  }

  const finishMessage = (item: string, message: JsonObject): void => {
    const contents = toList(message.content).filter(isJsonObject).map(toContent)
    // If parts are numbered differently here, only what has not been emitted yet is emitted.
    const missing = { text: 0, refusal: 0 }
    for (const { kind, text } of contents) missing[kind] += text.length
    for (const { kind, characters: emitted } of textsOf(item)) missing[kind] -= emitted
    for (const [index, { kind, text, annotations }] of contents.entries()) {
      const known = texts.get(`${item} ${kind} ${index}`)
      const isEmitted = text === '' || text.length > missing[kind]
      if (!known && isEmitted) continue
      const growing = known ?? textAt(item, kind, index)
      complete(growing, text)
      if (!known) missing[kind] -= text.length
      if (kind === 'text')
        for (const annotation of annotations.slice(growing.citations)) cite(growing, annotation)
    }
    for (const { key } of textsOf(item)) answer.close(key)
  }

  const finishReasoning = (item: string, reasoning: JsonObject): void => {
    const { encrypted_content: sealed, id } = reasoning
    const text = joinTexts(reasoning.summary) || joinTexts(reasoning.content)
    const isSealed = typeof sealed === 'string' && sealed !== '' && undo.provider !== undefined
    if (text === '' && !isSealed && !texts.has(`${item} reasoning`)) return
    const growing = thoughtOf(item)
    complete(growing, text)
    if (!isSealed) return answer.close(growing.key)
    const payload = JSON.stringify({ id, encrypted_content: sealed })
    answer.close(growing.key, sealedSignature(undo.provider ?? '', payload))
  }

  const finishItem = (place: Item, value: JsonObject): void => {
    if (place.done) return
    place.done = true
    const item = place.key
    const call = lookUp(CALLS, value.type)
    if (value.type === 'message') finishMessage(item, value)
    else if (value.type === 'reasoning') finishReasoning(item, value)
    else if (call) {
      const growing = callOf(item, value)
      complete(growing, toText(value[call.payload]))
      answer.close(growing.key)
    } else if (typeof value.type === 'string') {
      const key = `${item} native`
      open(key, () => ({ kind: 'native', protocol: PROTOCOL, value }))
      answer.close(key)
    }
  }

  const readStart = ({ response }: JsonObject): undefined => {
    if (isJsonObject(response)) answer.begin(toText(response.id), toText(response.model))
  }

  const readEnd = ({ type, response }: JsonObject): undefined => {
    if (!isJsonObject(response)) return void answer.fail(unreadable())
    answer.begin(toText(response.id), toText(response.model))
    for (const [item, value] of items.claimAll(toList(response.output))) finishItem(item, value)
    endAnswer(answer, toFinishReason, {
      word: wordOf(response, toText(type)),
      callsTools,
      usage: decodeUsage(response) ?? { ...estimateUsage(characters), ...toRunningUsage(usage) },
    })
  }

  const growingCall = (event: JsonObject, type: string): Growing | undefined =>
    texts.get(`${items.grow(event, type)?.key} call`)

  const readPayload =
    (type: string) =>
    (event: JsonObject): number | undefined => {
      const growing = growingCall(event, type)
      return growing && write(growing, toText(event.delta))
    }

  const readWholePayload =
    (type: string, payload: string) =>
    (event: JsonObject): undefined => {
      const growing = growingCall(event, type)
      if (growing) complete(growing, toText(event[payload]))
    }

  const READERS: Readonly<Record<string, (event: JsonObject) => number | undefined>> = {
    'response.created': readStart,
    'response.queued': readStart,
    'response.in_progress': readStart,
    'response.output_item.added'(event) {
      const { item } = event
      if (!isJsonObject(item)) return undefined
      const { key } = items.begin(event, item)
      if (lookUp(CALLS, item.type) && toText(item.name) !== '') callOf(key, item)
      return undefined
    },
    'response.output_item.done'(event) {
      const { item } = event
      if (isJsonObject(item)) finishItem(items.finish(event, item), item)
      return undefined
    },
    'response.output_text.delta': (event) => say(event, 'text'),
    'response.refusal.delta': (event) => say(event, 'refusal'),
    'response.output_text.annotation.added'(event) {
      const item = items.grow(event, 'message')
      const growing = texts.get(`${item?.key} text ${toOptionalNumber(event.content_index) ?? 0}`)
      if (growing) cite(growing, event.annotation)
      return undefined
    },
    'response.reasoning_summary_text.delta': (event) =>
      think(event, `summary ${toOptionalNumber(event.summary_index)}`, toText(event.delta)),
    'response.reasoning_text.delta': (event) =>
      think(event, `content ${toOptionalNumber(event.content_index)}`, toText(event.delta)),
    'response.function_call_arguments.delta': readPayload('function_call'),
    'response.function_call_arguments.done': readWholePayload('function_call', 'arguments'),
    'response.custom_tool_call_input.delta': readPayload('custom_tool_call'),
    'response.custom_tool_call_input.done': readWholePayload('custom_tool_call', 'input'),
    'response.completed': readEnd,
    'response.incomplete': readEnd,
    'response.failed': ({ response }) =>
      void answer.fail(decodeStreamError(isJsonObject(response) ? response : {})),
  }

  const say = (event: JsonObject, kind: 'text' | 'refusal'): number | undefined => {
    const text = toText(event.delta)
    return text === '' ? undefined : write(textFor(event, kind), text)
  }

  return {
    read(event) {
      const { response } = event
      if (isJsonObject(response)) usage = decodeUsage(response) ?? usage
      return lookUp(READERS, event.type)?.(event)
    },
    splice(part, escaped, length) {
      answer.splice(part, escaped)
      if (grown) grown.characters += length
      characters += length
    },
    usage: () => toRunningUsage(usage),
  }
}

const toContent = ({ type, refusal, text, annotations }: JsonObject) =>
  type === 'refusal'
    ? ({ kind: 'refusal', text: toText(refusal), annotations: [] } as const)
    : ({ kind: 'text', text: toText(text), annotations: toList(annotations) } as const)

const joinTexts = (parts: unknown): string =>
  toTexts(parts)
    .filter((text) => text !== '')
    .join('\n\n')
