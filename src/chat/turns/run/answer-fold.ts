/** The answer of a run so far: the fold of its events. */
import type { LogEvent, MessagePart } from '#model'

type TextPart = Extract<MessagePart, { readonly text: string }>
type Mutable<Type> = { -readonly [field in keyof Type]: Type[field] }

export interface AnswerFold {
  add(event: LogEvent): void
  /** The text of all parts that are shown as the answer. */
  readonly content: string
  readonly parts: readonly MessagePart[]
  /** Of the output, an estimate. */
  readonly tokenCount: number
  readonly cost: number | null
  /** `provider/model`, if one was asked. */
  readonly target: string | undefined
  /** The step of the model's call that has not ended. */
  readonly openStep: number | undefined
}

export const createAnswerFold = (): AnswerFold => {
  const parts: MessagePart[] = []
  const texts = new Map<number, Mutable<TextPart>>()
  let content = ''
  let tokenCount = 0
  let cost: number | null = 0
  let target: string | undefined
  let openStep: number | undefined

  const open = (part: number, kind: TextPart['kind']): Mutable<TextPart> => {
    const opened = { kind, text: '' }
    texts.set(part, opened)
    parts.push(opened)
    return opened
  }

  const addText = (part: number, token: string, otherwise: TextPart['kind']): void => {
    const text = texts.get(part) ?? open(part, otherwise)
    text.text += token
    if (text.kind !== 'reasoning') content += token
  }

  return {
    add(event) {
      if (event.type === 'token') {
        addText(event.part, event.token, 'text')
        tokenCount = event.token_count
        cost = event.cost
      } else if (event.type === 'reasoning') addText(event.part, event.token, 'reasoning')
      else if (event.type === 'part_start') open(event.part, event.kind)
      else if (event.type === 'citation') parts.push(toCitation(event))
      else if (event.type === 'llm_start') {
        target = event.target
        openStep = event.step
      } else if (event.type === 'llm_end') openStep = undefined
    },
    get content() {
      return content
    },
    get parts() {
      return parts.map((part) => ({ ...part }))
    },
    get tokenCount() {
      return tokenCount
    },
    get cost() {
      return cost
    },
    get target() {
      return target
    },
    get openStep() {
      return openStep
    },
  }
}

const toCitation = ({
  title,
  url,
  quote,
  start,
  end,
}: Extract<LogEvent, { type: 'citation' }>): MessagePart => ({
  kind: 'citation',
  ...(title === undefined ? {} : { title }),
  ...(url === undefined ? {} : { url }),
  ...(quote === undefined ? {} : { quote }),
  ...(start === undefined ? {} : { start }),
  ...(end === undefined ? {} : { end }),
})
