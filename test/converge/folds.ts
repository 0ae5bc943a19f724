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
const ASIDE = new Set(['pong', 'error', 'going_away'])

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
