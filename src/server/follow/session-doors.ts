/** What all doors to the sessions of this process share. */
import type { Chat } from '#chat'
import { createPlaces, type Places } from './places.ts'
import { createTickets, type Tickets } from './tickets.ts'

export interface SessionDoors {
  readonly chat: Chat
  readonly tickets: Tickets
  readonly places: Places
  /** Those that are open. */
  readonly streams: Set<OpenStream>
}

interface OpenStream {
  /** Ends as soon as no run is in progress. */
  drain(): void
  /** Ends now. */
  cut(): void
}

export const createSessionDoors = (chat: Chat): SessionDoors => ({
  chat,
  tickets: createTickets(),
  places: createPlaces(),
  streams: new Set(),
})
