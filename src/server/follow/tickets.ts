/** Tickets open one connection each, in place of a key, which a page would have to show in an address. */
import { randomBytes } from 'node:crypto'
import { type Caller, type CallHeaders, scopeOf } from '#access'
import { GatewayError } from '#model'
import { readOnce } from '../routes/read-once.ts'

const TICKET_MS = 60_000
const MAX_TICKETS = 10_000
const MAX_TICKETS_OF_OWNER = 100

interface Ticket {
  readonly ticket: string
  /** In milliseconds of Unix time. */
  readonly expiresAt: number
}

export interface Tickets {
  /** @param presented what admitted the caller. @throws GatewayError `at_capacity` */
  give(caller: Caller, presented: CallHeaders): Ticket
  /**
   * What admitted the caller of the ticket in the query, with the host and origin of this request. Undefined if there is
   * no ticket in it.
   *
   * @throws GatewayError `unauthenticated`: the ticket is unknown, used or expired.
   */
  redeem(query: string, request: CallHeaders): CallHeaders | undefined
}

interface Given {
  readonly owner: string
  readonly presented: CallHeaders
  readonly expiresAt: number
}

export const createTickets = (now: () => number = Date.now): Tickets => {
  /** The oldest first. All are good for the same time. */
  const given = new Map<string, Given>()
  const owners = new Map<string, number>()

  const remove = (ticket: string, { owner }: Given): void => {
    given.delete(ticket)
    const left = (owners.get(owner) ?? 1) - 1
    if (left > 0) owners.set(owner, left)
    else owners.delete(owner)
  }
  const removeExpired = (): void => {
    for (const [ticket, each] of given) {
      if (each.expiresAt > now()) return
      remove(ticket, each)
    }
  }

  return {
    give(caller, presented) {
      removeExpired()
      const owner = scopeOf(caller)
      const count = owners.get(owner) ?? 0
      if (count >= MAX_TICKETS_OF_OWNER || given.size >= MAX_TICKETS) throw tooMany()
      const ticket = `tkt_${randomBytes(24).toString('base64url')}`
      const expiresAt = now() + TICKET_MS
      owners.set(owner, count + 1)
      given.set(ticket, { owner, presented: credentialsOf(presented), expiresAt })
      return { ticket, expiresAt }
    },
    redeem(query, { host, origin }) {
      // Most requests have none.
      if (!query.includes('ticket=')) return undefined
      const ticket = readOnce(new URLSearchParams(query), 'ticket')
      if (ticket === undefined) return undefined
      removeExpired()
      const found = given.get(ticket)
      if (!found) throw noTicket()
      remove(ticket, found)
      return { ...found.presented, host, origin }
    },
  }
}

const credentialsOf = (headers: CallHeaders): CallHeaders => ({
  'x-api-key': headers['x-api-key'],
  'x-goog-api-key': headers['x-goog-api-key'],
  'x-user-id': headers['x-user-id'],
  authorization: headers.authorization,
  'sec-websocket-protocol': headers['sec-websocket-protocol'],
})

const noTicket = (): GatewayError =>
  new GatewayError(
    'unauthenticated',
    'The ticket is not valid. A ticket opens one connection, within a minute.',
    { vendorCode: 'invalid_ticket' },
  )

const tooMany = (): GatewayError =>
  new GatewayError('at_capacity', 'Too many tickets have not been used yet.', {
    status: 429,
    vendorCode: 'too_many_tickets',
    retryAfterMs: TICKET_MS,
  })
