/** What processes tell each other on one channel. */
import { randomUUID } from 'node:crypto'
import { type JsonObject, parseObject } from '#model'

/** The part of a live store that is needed. It never throws, and delivers nothing while it is ill. */
export interface Messages {
  publish(channel: string, message: string): void
  subscribe(channel: string, listener: (message: string) => void): () => void
}

export interface Channel {
  /** Tells the others. */
  tell(news: object): void
  close(): void
}

/**
 * @param hear called with what other processes tell, never with what this one does.
 */
export const openChannel = (
  messages: Messages,
  channel: string,
  hear: (told: JsonObject) => void,
): Channel => {
  const from = randomUUID()
  const close = messages.subscribe(channel, (message) => {
    const told = parseObject(message)
    if (told && told.from !== from) hear(told)
  })
  return {
    tell: (news) => messages.publish(channel, JSON.stringify({ from, ...news })),
    close,
  }
}

/** How long something lasts, as another process says. */
export const isDuration = (ms: unknown): ms is number =>
  typeof ms === 'number' && Number.isFinite(ms) && ms >= 0
