/** From the events of a model's answer to those of the log. */
import type { Progress } from '#gateway'
import type { LogEvent, ModelEvent, PartOpening } from '#model'

type TextKind = Extract<LogEvent, { type: 'part_start' }>['kind']

const KINDS: ReadonlySet<string> = new Set<TextKind>(['text', 'reasoning', 'refusal'])

interface Part {
  readonly number: number
  readonly kind: TextKind
}

/** Undefined for events that say nothing to the readers of a session. */
export const createEventReader = (runId: string) => {
  /** By the index of the part in the answer. Parts of other kinds have no number here. */
  const parts = new Map<number, Part>()
  let citations = 0
  let highest = 0

  const begin = (index: number, opening: PartOpening): LogEvent | undefined => {
    if (opening.kind === 'citation') return cite(opening)
    // Encrypted thoughts have no text.
    if (!KINDS.has(opening.kind) || 'redacted' in opening) return undefined
    const part: Part = { number: parts.size, kind: opening.kind as TextKind }
    parts.set(index, part)
    return { type: 'part_start', run_id: runId, part: part.number, kind: part.kind }
  }

  const cite = ({ citation }: Extract<PartOpening, { kind: 'citation' }>): LogEvent => {
    const { title, url, quote, start, end } = citation
    return {
      type: 'citation',
      run_id: runId,
      index: citations++,
      ...(title === undefined ? {} : { title }),
      ...(url === undefined ? {} : { url }),
      ...(quote === undefined ? {} : { quote }),
      ...(start === undefined ? {} : { start }),
      ...(end === undefined ? {} : { end }),
    }
  }

  const append = (index: number, token: string, progress: Progress): LogEvent | undefined => {
    const part = parts.get(index)
    if (!part || token === '') return undefined
    if (part.kind === 'reasoning')
      return { type: 'reasoning', run_id: runId, part: part.number, token }
    // An estimate is corrected at the end, but what was shown never falls.
    if (progress.cost !== null && progress.cost > highest) highest = progress.cost
    return {
      type: 'token',
      run_id: runId,
      part: part.number,
      token,
      token_count: progress.outputTokens,
      cost: progress.cost === null ? null : highest,
    }
  }

  return (event: ModelEvent, progress: Progress): LogEvent | undefined => {
    if (event.type === 'part-delta') return append(event.index, event.text, progress)
    if (event.type === 'part-start') return begin(event.index, event.part)
    return undefined
  }
}
