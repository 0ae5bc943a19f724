/**
 * Tickets open one connection each, in place of a key, which a page would have to show in an address. A ticket names the
 * process that gave it, so any other one can ask there.
 */
import { randomBytes } from 'node:crypto'
import { type Caller, type CallHeaders, scopeOf } from '#access'
import { GatewayError } from '#model'
import { readOnce } from '../../routes/read-once.ts'
import { nameOfSecret, seal, unseal } from './sealed.ts'

const TICKET_MS = 60_000
const MAX_TICKETS = 10_000
const MAX_TICKETS_OF_OWNER = 100

/** Tickets of other processes that are asked for at one time. Anybody can make up such tickets. */
const MAX_ASKED_TICKETS = 256

/** How long another process may take. */
const ASK_TICKET_MS = 1_000

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
   * @throws GatewayError `unauthenticated`: the ticket is unknown, used or expired; `store_unavailable` if the process that
   *   gave it cannot be asked.
   */
  redeem(query: string, request: CallHeaders): CallHeaders | undefined | Promise<CallHeaders>
}

/** The part of the other processes of an installation that tickets use. */
export interface OtherProcesses {
  readonly self: string
  /** Whether others can be asked. */
  readonly isWell: boolean
  /** @throws GatewayError `store_unavailable` if the other process is gone, or does not answer within `withinMs`. */
  ask(to: string, name: string, value: unknown, withinMs: number): Promise<unknown>
  on(name: string, answer: (value: unknown) => unknown): void
}

interface Given {
  readonly owner: string
  /** What was presented. Only the ticket opens it, which is not known here any more. */
  readonly sealed: string
  readonly expiresAt: number
}

export interface TicketsOptions {
  /** Absent: there is one process only. */
  readonly others?: OtherProcesses | undefined
  readonly now?: () => number
}

const QUESTION = 'ticket'

export const createTickets = ({ others, now = Date.now }: TicketsOptions = {}): Tickets => {
  /** By name, the oldest first. All are good for the same time. */
  const given = new Map<string, Given>()
  const owners = new Map<string, number>()
  let asking = 0

  const remove = (name: string, { owner }: Given): void => {
    given.delete(name)
    const left = (owners.get(owner) ?? 1) - 1
    if (left > 0) owners.set(owner, left)
    else owners.delete(owner)
  }
  const removeExpired = (): void => {
    for (const [name, each] of given) {
      if (each.expiresAt > now()) return
      remove(name, each)
    }
  }

  /** Once. */
  const take = (name: string): string | undefined => {
    removeExpired()
    const found = given.get(name)
    if (found) remove(name, found)
    return found?.sealed
  }
  others?.on(QUESTION, (name) => take(String(name)) ?? null)

  const takeElsewhere = async (
    there: OtherProcesses,
    ticket: string,
  ): Promise<string | undefined> => {
    const giver = giverOf(ticket)
    if (giver === undefined || giver === there.self) return undefined
    if (asking >= MAX_ASKED_TICKETS) throw tooManyAsked()
    asking++
    try {
      const sealed = await there.ask(giver, QUESTION, nameOfSecret(ticket), ASK_TICKET_MS)
      return typeof sealed === 'string' ? sealed : undefined
    } catch (error) {
      // It is gone, and its tickets with it.
      if (there.isWell) return undefined
      throw error
    } finally {
      asking--
    }
  }

  return {
    give(caller, presented) {
      removeExpired()
      const owner = scopeOf(caller)
      const count = owners.get(owner) ?? 0
      if (count >= MAX_TICKETS_OF_OWNER || given.size >= MAX_TICKETS) throw tooMany()
      const secret = randomBytes(24).toString('base64url')
      const ticket = others ? `tkt_${secret}.${others.self}` : `tkt_${secret}`
      const expiresAt = now() + TICKET_MS
      owners.set(owner, count + 1)
      given.set(nameOfSecret(ticket), {
        owner,
        sealed: seal(credentialsOf(presented), ticket),
        expiresAt,
      })
      return { ticket, expiresAt }
    },
    redeem(query, request) {
      // Most requests have none.
      if (!query.includes('ticket=')) return undefined
      const ticket = readOnce(new URLSearchParams(query), 'ticket')
      if (ticket === undefined) return undefined
      const sealed = take(nameOfSecret(ticket))
      if (sealed !== undefined || !others) return toHeaders(sealed, ticket, request)
      return takeElsewhere(others, ticket).then((found) => toHeaders(found, ticket, request))
    },
  }
}

const toHeaders = (
  sealed: string | undefined,
  ticket: string,
  { host, origin }: CallHeaders,
): CallHeaders => {
  const presented = sealed === undefined ? undefined : unseal(sealed, ticket)
  if (!presented) throw noTicket()
  return { ...(presented as CallHeaders), host, origin }
}

/** The process that gave a ticket, if it looks like one of ours. */
const giverOf = (ticket: string): string | undefined =>
  /^tkt_[\w-]{32}\.([0-9a-f-]{36})$/.exec(ticket)?.[1]

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

const tooManyAsked = (): GatewayError =>
  new GatewayError('at_capacity', 'Too many tickets are checked at present. Try again shortly.', {
    retryAfterMs: ASK_TICKET_MS,
  })
