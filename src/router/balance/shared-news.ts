/** Tells the other processes which targets are skipped, and hears it from them. */
import { randomUUID } from 'node:crypto'
import { type JsonObject, parseObject } from '#model'

/** The part of a live store that is needed. It never throws, and delivers nothing while it is ill. */
export interface Messages {
  publish(channel: string, message: string): void
  subscribe(channel: string, listener: (message: string) => void): () => void
}

export interface News {
  readonly provider: string
  /** Absent: it is about all models of the provider. */
  readonly model?: string
  readonly state: 'open' | 'closed' | 'rests'
  /** For how long it is skipped. */
  readonly ms: number
}

const CHANNEL = 'traffic'

/** @returns a function that tells the others. */
export const shareNews = (
  messages: Messages,
  hear: (news: News) => void,
): ((news: News) => void) => {
  const from = randomUUID()
  messages.subscribe(CHANNEL, (message) => {
    const told = parseObject(message)
    const news = told && told.from !== from ? toNews(told) : undefined
    if (news) hear(news)
  })
  return (news) => messages.publish(CHANNEL, JSON.stringify({ from, ...news }))
}

const STATES: ReadonlySet<unknown> = new Set<News['state']>(['open', 'closed', 'rests'])

/** Another version may say something else. */
const toNews = ({ provider, model, state, ms }: JsonObject): News | undefined => {
  if (typeof provider !== 'string' || !STATES.has(state)) return undefined
  if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0) return undefined
  const about = { provider, state: state as News['state'], ms }
  if (model === undefined) return about
  return typeof model === 'string' ? { ...about, model } : undefined
}
