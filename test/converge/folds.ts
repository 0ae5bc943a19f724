/** What the readers of each door make of what they are sent. */
import type { SentEvent } from '#model'
import { foldSent } from '../tools/chat/client-fold.ts'
import type { DoorReader } from '../tools/checkers/chat/index.ts'

/** A message, as far as a door shows it. */
export type Line = string

export interface Fold {
  take(text: string): void
  /** From where it reads on. Undefined: it has nothing yet. */
  position(): string | undefined
  read(): { readonly lines: readonly Line[]; readonly faults: readonly string[] }
}

export interface LogMessage {
  readonly message_id: string
  readonly parent_id: string | null
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly status: string
  readonly run_id?: string
  readonly client_message_id?: string
}

export interface LogAtRest {
  readonly branch: readonly LogMessage[]
  readonly all: readonly LogMessage[]
  /** The oldest first. */
  readonly runs: readonly { readonly run_id: string; readonly status: string }[]
  /** Some of it is gone. */
  readonly wasCleared: boolean
}

interface Shown {
  readonly role: string
  readonly status: string
  readonly content: string
}

const toLine = ({ role, status, content }: Shown): Line => `${role} (${status}): ${content}`

const withIds = (id: string, parent: string | null, shown: Shown): Line =>
  `${id} after ${parent}: ${toLine(shown)}`

/** Of a reader that knows the ids of messages. */
export const toFullLines = (branch: readonly LogMessage[]): readonly Line[] =>
  branch.map((message) => withIds(message.message_id, message.parent_id, message))

export const toLines = (branch: readonly LogMessage[]): readonly Line[] => branch.map(toLine)

export const toAnswers = (branch: readonly LogMessage[]): readonly Line[] =>
  toLines(branch.filter(({ role }) => role === 'assistant'))

type Frame = Readonly<Record<string, unknown>> & { readonly type: string }

/** They concern the connection alone. */
const ASIDE = new Set(['pong', 'nothing_to_cancel', 'error', 'going_away'])

export const createCanonicalFold = (): Fold => {
  const sent: SentEvent[] = []
  let position: string | undefined

  return {
    take(text) {
      const frame = JSON.parse(text) as Frame
      const { type, seq, epoch } = frame
      if (ASIDE.has(type)) return
      if (type === 'connected') return void (position ??= String(frame['position']))
      const event = (type === 'history' ? { ...frame, type: 'snapshot' } : frame) as unknown
      position = String(frame['to'] ?? frame['position'] ?? `${String(epoch)}.${String(seq)}`)
      sent.push((seq === undefined ? { event } : { seq, epoch, at: 0, event }) as SentEvent)
    },
    position: () => position,
    read() {
      try {
        const lines = foldSent(sent).map((shown) => withIds(shown.id, shown.parent, shown))
        return { lines, faults: [] }
      } catch (thrown) {
        return { lines: [], faults: [String(thrown)] }
      }
    },
  }
}

export const createDialectFold = (createReader: () => DoorReader): Fold => {
  const reader = createReader()
  return {
    take: reader.take,
    position: () => reader.read().position,
    read() {
      const { entries, faults } = reader.read()
      return { lines: entries.map((entry) => toLine({ ...entry, content: entry.text })), faults }
    },
  }
}

/** A connection in the middle of an answer is sent its beginning with the number of the last event. */
const BEGINS = new Set(['llm_start', 'stream_start', 'token', 'stream_token'])
const REPLACES = new Set(['connected', 'history', 'snapshot'])

const textOf = ({ token, content, data, ...frame }: Frame): string =>
  String(token ?? content ?? data ?? JSON.stringify(frame))

/** Pieces may have been joined, then or now. */
const areEqual = (one: string, other: string): boolean => one.endsWith(other) || other.endsWith(one)

/**
 * The fold of a client that sends a message again: it ignores the events that it is sent once more.
 *
 * @param mayRepeat whether it has sent one that may have come before
 */
export const withoutRepeats = (fold: Fold, mayRepeat: () => boolean): Fold => {
  const faults: string[] = []
  const texts = new Map<string, string>()
  let begins = true

  const isRepeated = ({ type, seq }: Frame): boolean => {
    const last = Number(fold.position()?.split('.')[1])
    if (!mayRepeat() || typeof seq !== 'number' || !(seq <= last)) return false
    return !(begins && seq === last && BEGINS.has(type) && !texts.has(`${seq} ${type}`))
  }
  const note = (frame: Frame): void => {
    const { type, seq, to } = frame
    if (REPLACES.has(type)) texts.clear()
    if (type === 'rewind')
      for (const at of texts.keys())
        if (Number(at.split(' ')[0]) > Number(String(to).split('.')[1])) texts.delete(at)
    begins = REPLACES.has(type) || (begins && seq === Number(fold.position()?.split('.')[1]))
    if (typeof seq === 'number') texts.set(`${seq} ${type}`, textOf(frame))
  }

  return {
    take(text) {
      const frame = JSON.parse(text) as Frame
      if (!isRepeated(frame)) {
        fold.take(text)
        return note(frame)
      }
      const known = texts.get(`${String(frame['seq'])} ${frame.type}`)
      begins = false
      if (known !== undefined && !areEqual(known, textOf(frame)))
        faults.push(`the event ${String(frame['seq'])} came again as ${text}`)
    },
    position: fold.position,
    read() {
      const { lines, faults: others } = fold.read()
      return { lines, faults: [...faults, ...others] }
    },
  }
}
