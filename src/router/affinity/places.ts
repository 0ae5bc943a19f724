/**
 * Remembers the targets of conversations where nobody could find them again: they were chosen by load, or another target
 * had failed.
 */
import type { Conversation } from '#model'
import type { Clock } from '../breaker/clock.ts'
import type { Messages } from '../balance/channel.ts'
import { type PlaceNews, sharePlaces } from './shared-places.ts'

export interface PlacesOptions {
  readonly now?: Clock
  /** Other processes are told of each place. */
  readonly messages?: Messages
  /** For all callers together. The caller with the most loses its oldest first. */
  readonly maxPlaces?: number
}

export interface Places {
  readonly isEmpty: boolean
  /**
   * The name of the target of a conversation. Each use extends the time for which it is known.
   *
   * @param route what the conversation asked for: it may have one target for each.
   */
  find(conversation: Conversation, route: string): string | undefined
  note(conversation: Conversation, route: string, target: string): void
}

interface Place extends PlaceNews {
  readonly key: string
  expiresAtMs: number
}

/** The caches of vendors last for minutes, or for an hour. */
const PLACE_MS = 3_600_000
const MAX_PLACES = 20_000

export const createPlaces = ({
  now = () => performance.now(),
  messages,
  maxPlaces = MAX_PLACES,
}: PlacesOptions = {}): Places => {
  /** The one that was not used for longest is the first. */
  const places = new Map<string, Place>()
  const callers = new Map<string, Set<Place>>()

  const forget = (place: Place): void => {
    places.delete(place.key)
    const own = callers.get(place.callerId)
    own?.delete(place)
    if (own?.size === 0) callers.delete(place.callerId)
  }

  const forgetExpired = (): void => {
    for (const place of places.values()) {
      if (place.expiresAtMs > now()) return
      forget(place)
    }
  }

  const forgetOneOfMost = (): void => {
    let most: Set<Place> | undefined
    for (const own of callers.values()) if (own.size > (most?.size ?? 0)) most = own
    const [oldest] = most ?? []
    if (oldest) forget(oldest)
  }

  /** As the newest. */
  const keep = (news: PlaceNews): void => {
    const key = toKey(news.conversationId, news.route)
    const known = places.get(key)
    if (known) forget(known)
    const place = { ...news, key, expiresAtMs: now() + PLACE_MS }
    places.set(key, place)
    const own = callers.get(news.callerId) ?? new Set()
    callers.set(news.callerId, own.add(place))
    if (places.size > maxPlaces) forgetOneOfMost()
  }

  const tell = messages && sharePlaces(messages, keep)

  return {
    get isEmpty() {
      return places.size === 0
    },
    find({ id }, route) {
      forgetExpired()
      const place = places.get(toKey(id, route))
      if (place) keep(place)
      return place?.target
    },
    note({ id: conversationId, callerId }, route, target) {
      forgetExpired()
      const news = { conversationId, route, callerId, target }
      keep(news)
      tell?.(news)
    },
  }
}

const toKey = (conversationId: string, route: string): string => `${conversationId} ${route}`
