/** Tells the other processes where conversations are, and hears it from them. */
import type { JsonObject } from '#model'
import { type Messages, openChannel } from '../balance/channel.ts'

export interface PlaceNews {
  readonly conversationId: string
  readonly route: string
  readonly callerId: string
  /** Its name. */
  readonly target: string
}

const CHANNEL = 'conversations'

/** @returns a function that tells the others. */
export const sharePlaces = (
  messages: Messages,
  hear: (news: PlaceNews) => void,
): ((news: PlaceNews) => void) =>
  openChannel(messages, CHANNEL, (told) => {
    const news = toNews(told)
    if (news) hear(news)
  }).tell

/** The longest is the name of a target. */
const MAX_TEXT_CHARACTERS = 512

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS

/** Another version may say something else. */
const toNews = ({ conversationId, route, callerId, target }: JsonObject): PlaceNews | undefined =>
  isText(conversationId) && isText(route) && isText(callerId) && isText(target)
    ? { conversationId, route, callerId, target }
    : undefined
