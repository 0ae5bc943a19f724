/** Judges whether events are a sentence that the vocabulary allows. */
import {
  type AnswerPart,
  type FinishReason,
  foldMessage,
  type ModelEvent,
  type ModelMessage,
  type PartOpening,
} from '#model'

const MAY_STAND_BESIDE_CALLS: ReadonlySet<FinishReason> = new Set([
  'tool-calls',
  'length',
  'context-full',
  'content-filter',
  'pause',
])

const takesDeltas = (part: PartOpening): boolean =>
  part.kind !== 'citation' &&
  part.kind !== 'native' &&
  (part.kind !== 'reasoning' || part.redacted === undefined)

/** What is wrong with the sentence, one line each. A decoder must give none, whatever it read. */
export const judgeSentence = (events: readonly ModelEvent[]): string[] => {
  const faults: string[] = []
  const parts: PartOpening[] = []
  const open = new Set<number>()
  let begun = false
  let over: string | undefined

  for (const event of events) {
    if (over !== undefined) faults.push(`a ${event.type} follows the ${over}`)
    if (!begun && event.type !== 'message-start' && event.type !== 'error')
      faults.push(`a ${event.type} stands before message-start`)
    switch (event.type) {
      case 'message-start':
        if (begun) faults.push('message-start comes twice')
        begun = true
        break
      case 'part-start':
        if (event.index !== parts.length)
          faults.push(`part ${event.index} should be part ${parts.length}`)
        if (event.part.kind === 'citation' && parts[event.part.of]?.kind !== 'text')
          faults.push(`part ${event.index} cites what is no text`)
        parts.push(event.part)
        open.add(event.index)
        break
      case 'part-delta': {
        const part = parts[event.index]
        if (!open.has(event.index)) faults.push(`a delta of part ${event.index} that is not open`)
        if (part && !takesDeltas(part))
          faults.push(`a delta of part ${event.index}, a ${part.kind}`)
        if (event.text === '') faults.push(`an empty delta of part ${event.index}`)
        if (event.escaped !== undefined && read(event.escaped) !== event.text)
          faults.push(`text and escaped text of a delta of part ${event.index} differ`)
        break
      }
      case 'part-end':
        if (!open.delete(event.index)) faults.push(`part ${event.index} ends without being open`)
        if (event.signature !== undefined && parts[event.index]?.kind !== 'reasoning')
          faults.push(`part ${event.index} is signed but is no reasoning`)
        break
      case 'message-end': {
        over = event.type
        for (const index of open) faults.push(`part ${index} is still open at the end`)
        const calls = parts.some(({ kind }) => kind === 'tool-call')
        if (calls && !MAY_STAND_BESIDE_CALLS.has(event.reason))
          faults.push(`the reason is ${event.reason} though tools were called`)
        if (!calls && event.reason === 'tool-calls')
          faults.push('the reason is tool-calls without a tool call')
        for (const [name, count] of Object.entries(event.usage))
          if (typeof count === 'number' && !(Number.isInteger(count) && count >= 0))
            faults.push(`usage.${name} is ${count}`)
        break
      }
      case 'error':
        over = event.type
    }
  }
  if (over === undefined) faults.push('the sentence has no end')
  return faults
}

const read = (escaped: string): unknown =>
  JSON.parse(`"${Buffer.from(escaped, 'latin1').toString('utf8')}"`)

export const expectWellFormed = (events: readonly ModelEvent[]): void => {
  const faults = judgeSentence(events)
  if (faults.length > 0) throw new Error(`Not a well-formed sentence:\n${faults.join('\n')}`)
}

/** The message that the events tell, freed of what makes no difference. */
export const toMeaning = (events: readonly ModelEvent[]): ModelMessage => {
  const message = foldMessage(events)
  return { ...message, model: '', parts: message.parts.map(withPlainArguments) }
}

/** No arguments and an empty object are the same. */
const withPlainArguments = (part: AnswerPart): AnswerPart =>
  part.kind === 'tool-call'
    ? { ...part, arguments: JSON.stringify(JSON.parse(part.arguments || '{}')) }
    : part

/** One thought, one text, then the calls: what a protocol keeps that knows no other order. */
export const withoutOrder = (parts: readonly AnswerPart[]) => {
  const joined = (kind: 'reasoning' | 'text') =>
    parts.map((part) => (part.kind === kind ? part.text : '')).join('')
  const calls = parts.filter(({ kind }) => kind === 'tool-call')
  return { thoughts: joined('reasoning'), text: joined('text'), calls }
}
