/** Messages and runs, as records and as the JSON in their rows. */
import type { RunStatus } from '#model'
import type { MessageRecord, QueuedRecord, RunRecord } from '../session-store.ts'

/** Its rows have this record, and nothing that could be found without it. */
type StoredMessage = Omit<MessageRecord, 'parts'> & Partial<Pick<MessageRecord, 'parts'>>

/** Most messages have one part, whose text would be there twice. */
export const toMessageData = (message: MessageRecord): string => {
  const { parts, ...rest } = message
  const [first] = parts
  const isPlain = parts.length === 1 && first?.kind === 'text' && first.text === message.content
  return JSON.stringify(isPlain ? rest : message)
}

export const toMessage = ({ data }: { readonly data: string }): MessageRecord => {
  const stored = JSON.parse(data) as StoredMessage
  return { ...stored, parts: stored.parts ?? [{ kind: 'text', text: stored.content }] }
}

export const toRun = ({ data }: { readonly data: string }): RunRecord =>
  JSON.parse(data) as RunRecord

export const toQueued = ({ data }: { readonly data: string }): QueuedRecord =>
  JSON.parse(data) as QueuedRecord

export const isOpen = (status: RunStatus): boolean => status === 'queued' || status === 'running'
