/** Prompts and answers in spans, by the conventions for generative AI: without secrets, and cut to a length. */
import type { ContentTrace, ModelEvent, ModelRequest, Part, PartOpening, Turn } from '#model'
import type { Redact } from '../../redactor.ts'
import type { Attributes } from './attributes.ts'
import { toReasonName } from './operations.ts'

/** Of each of the attributes. */
const MAX_CONTENT_CHARACTERS = 16_384
/** What a secret that begins before the cut may have behind it. */
const MARGIN = 4_096
/** The JSON around a text. */
const AROUND = 100

/** The only attributes that are not cut with the others: a part of their JSON would be none. */
export const CONTENT: ReadonlySet<string> = new Set([
  'gen_ai.system_instructions',
  'gen_ai.input.messages',
  'gen_ai.output.messages',
])

export interface Content {
  /** An attempt begins. Its answer is its own, while all of them share the request. */
  begin(): AttemptContent
}

export interface AttemptContent extends ContentTrace {
  /** @param reasons why the answer ended */
  read(reasons: readonly string[] | undefined): Attributes
}

interface Written {
  readonly opening: PartOpening
  text: string
}

export const createContent = (redact: Redact): Content => {
  let input: Attributes | undefined

  return {
    begin() {
      const parts = new Map<number, Written>()
      let characters = 0
      return {
        get wantsRequest() {
          return input === undefined
        },
        asked(request) {
          input = toInput(request, redact)
        },
        event(event: ModelEvent) {
          if (characters > MAX_CONTENT_CHARACTERS + MARGIN) return
          if (event.type === 'part-start') {
            characters += AROUND
            parts.set(event.index, { opening: event.part, text: '' })
          } else if (event.type === 'part-delta') {
            characters += event.text.length
            const part = parts.get(event.index)
            if (part) part.text += event.text
          }
        },
        read: (reasons) => ({ ...input, ...toOutput([...parts.values()], reasons, redact) }),
      }
    },
  }
}

type Json = Readonly<Record<string, unknown>>

/** Hands out what may still be said. */
interface Budget {
  readonly left: number
  /** The part of a text that may be said, without secrets. Undefined: nothing may. */
  take(text: string): string | undefined
}

const createBudget = (redact: Redact): Budget => {
  let left = MAX_CONTENT_CHARACTERS
  return {
    get left() {
      return left
    },
    take(text) {
      left -= AROUND
      if (left <= 0) return undefined
      // A secret that is cut would not be found.
      let piece = redact(text.slice(0, left + MARGIN)).slice(0, left)
      while (JSON.stringify(piece).length > left) piece = piece.slice(0, piece.length >> 1)
      left -= JSON.stringify(piece).length
      return piece.toWellFormed()
    },
  }
}

const toInput = ({ turns }: ModelRequest, redact: Redact): Attributes => {
  const firstOther = turns.findIndex(({ role }) => role !== 'system')
  const system = firstOther === -1 ? turns : turns.slice(0, firstOther)
  const instructions = createBudget(redact)
  const texts = system.flatMap(({ parts }) => parts.flatMap((part) => toPart(part, instructions)))
  return {
    'gen_ai.system_instructions': texts.length > 0 ? JSON.stringify(texts) : undefined,
    'gen_ai.input.messages': JSON.stringify(
      toMessages(turns.slice(system.length), createBudget(redact)),
    ),
  }
}

/** The last ones, as far as there is room. */
const toMessages = (turns: readonly Turn[], budget: Budget): readonly Json[] => {
  const messages: Json[] = []
  for (const { role, parts } of turns.toReversed()) {
    const said = parts.toReversed().flatMap((part) => toPart(part, budget))
    if (said.length > 0) messages.push({ role, parts: said.toReversed() })
    if (budget.left <= AROUND) break
  }
  return messages.toReversed()
}

const toPart = (part: Part, budget: Budget): readonly Json[] => {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return say(budget, part.text, (content) => ({ type: 'text', content }))
    case 'reasoning':
      return say(budget, part.text, (content) => ({ type: 'reasoning', content }))
    case 'tool-call':
      return say(budget, part.arguments, (given) => toCall(part.id, part.name, given))
    case 'tool-result':
      return say(budget, part.parts.slice(0, AROUND).map(textOf).join('\n'), (response) => ({
        type: 'tool_call_response',
        id: part.callId.slice(0, AROUND),
        response,
      }))
    // The bytes of these are of no use in a span.
    case 'image':
    case 'file':
    case 'audio':
    case 'tool-reference':
    case 'native':
      return say(budget, '', () => ({ type: part.kind }))
  }
}

const textOf = (part: Part): string =>
  part.kind === 'text' ? part.text.slice(0, MAX_CONTENT_CHARACTERS + MARGIN) : `[${part.kind}]`

const say = (budget: Budget, text: string, toJson: (text: string) => Json): readonly Json[] => {
  const said = budget.take(text)
  return said === undefined ? [] : [toJson(said)]
}

const toCall = (id: string, name: string, given: string): Json => ({
  type: 'tool_call',
  id: id.slice(0, AROUND),
  name: name.slice(0, AROUND),
  arguments: given,
})

const toOutput = (
  parts: readonly Written[],
  reasons: readonly string[] | undefined,
  redact: Redact,
): Attributes => {
  if (parts.length === 0) return {}
  const budget = createBudget(redact)
  const said = parts.flatMap(({ opening, text }) => toAnswered(opening, text, budget))
  const message = {
    role: 'assistant',
    parts: said,
    finish_reason: toReasonName(reasons?.[0] ?? 'error'),
  }
  return { 'gen_ai.output.messages': JSON.stringify([message]) }
}

const toAnswered = (opening: PartOpening, text: string, budget: Budget): readonly Json[] => {
  switch (opening.kind) {
    case 'text':
    case 'refusal':
      return say(budget, text, (content) => ({ type: 'text', content }))
    case 'reasoning':
      return say(budget, text, (content) => ({ type: 'reasoning', content }))
    case 'tool-call':
      return say(budget, text, (given) => toCall(opening.id, opening.name, given))
    case 'citation':
      return []
    case 'audio':
    case 'native':
      return say(budget, '', () => ({ type: opening.kind }))
  }
}
