/** What all doors to the sessions of this process share. */
import type { Chat } from '#chat'
import { createPlaces, type Places, type Slots } from './places.ts'
import { createTickets, type OtherProcesses, type Tickets } from './tickets/tickets.ts'

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

export interface SessionDoorsOptions {
  readonly chat: Chat
  /** Counts the connections of all processes. */
  readonly slots: Slots
  /** The other processes of this installation. Absent: there is one only. */
  readonly others?: OtherProcesses | undefined
}

export const createSessionDoors = ({ chat, slots, others }: SessionDoorsOptions): SessionDoors => ({
  chat,
  tickets: createTickets({ others }),
  places: createPlaces(slots),
  streams: new Set(),
})
