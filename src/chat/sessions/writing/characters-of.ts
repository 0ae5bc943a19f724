/** How much text a batch writes. */
import type { SessionBatch, StoredEvent } from '../session-store.ts'

export const charactersOf = ({ events = [], messages = [] }: SessionBatch): number => {
  let characters = 0
  for (const { event } of events) characters += textOf(event).length
  for (const { content } of messages) characters += content.length
  return characters
}

const textOf = (event: StoredEvent['event']): string => {
  if (event.type === 'token' || event.type === 'reasoning') return event.token
  return event.type === 'run_end' ? event.result : ''
}
