/** What processes tell each other on one channel. */
import { randomUUID } from 'node:crypto'
import { type JsonObject, parseObject } from '#model'

/** The part of a live store that is needed. It never throws, and delivers nothing while it is ill. */
export interface Messages {
  publish(channel: string, message: string): void
  subscribe(channel: string, listener: (message: string) => void): () => void
}

/**
 * @param hear called with what other processes tell, never with what this one does.
 * @returns a function that tells the others.
 */
export const openChannel = (
  messages: Messages,
  channel: string,
  hear: (told: JsonObject) => void,
): ((news: object) => void) => {
  const from = randomUUID()
  messages.subscribe(channel, (message) => {
    const told = parseObject(message)
    if (told && told.from !== from) hear(told)
  })
  return (news) => messages.publish(channel, JSON.stringify({ from, ...news }))
}

/** How long something lasts, as another process says. */
export const isDuration = (ms: unknown): ms is number =>
  typeof ms === 'number' && Number.isFinite(ms) && ms >= 0
