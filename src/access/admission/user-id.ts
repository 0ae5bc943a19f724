/** `X-User-ID` divides what a caller has among its own users. It never opens what another caller has. */
import { GatewayError, invalidRequest } from '#model'
import type { Caller } from '../caller.ts'

type Header = string | string[] | undefined

const USER_ID = /^[\x21-\x7e]{1,128}$/

/** @throws GatewayError `invalid_request` */
const toUserId = (header: string | string[]): string => {
  if (typeof header === 'string' && USER_ID.test(header)) return header
  throw invalidRequest(
    "'X-User-ID' must be 1 to 128 printable ASCII characters without spaces.",
    'X-User-ID',
  )
}

export const withUser = (caller: Caller, header: Header): Caller =>
  header === undefined ? caller : { ...caller, userId: toUserId(header), userOf: caller }

/** A token has one user: its subject. @throws GatewayError */
export const expectSubject = (caller: Caller, header: Header): Caller => {
  if (header === undefined || toUserId(header) === caller.owner) return caller
  throw new GatewayError('forbidden', "'X-User-ID' is not the subject of the token.", {
    param: 'X-User-ID',
  })
}
