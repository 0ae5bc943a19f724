/** Tells the other processes which targets are skipped, and hears it from them. */
import type { JsonObject } from '#model'
import { isDuration, type Messages, openChannel } from './channel.ts'

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
export const shareNews = (messages: Messages, hear: (news: News) => void): ((news: News) => void) =>
  openChannel(messages, CHANNEL, (told) => {
    const news = toNews(told)
    if (news) hear(news)
  }).tell

const STATES: ReadonlySet<unknown> = new Set<News['state']>(['open', 'closed', 'rests'])

/** Another version may say something else. */
const toNews = ({ provider, model, state, ms }: JsonObject): News | undefined => {
  if (typeof provider !== 'string' || !STATES.has(state)) return undefined
  if (!isDuration(ms)) return undefined
  const about = { provider, state: state as News['state'], ms }
  if (model === undefined) return about
  return typeof model === 'string' ? { ...about, model } : undefined
}
