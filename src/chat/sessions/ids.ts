/** The ids of sessions, messages and runs. */
import { randomBytes } from 'node:crypto'
import { invalidRequest } from '#model'

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const LENGTH = 22
/** Larger bytes would favour the first digits. */
const FAIR = Math.floor(256 / DIGITS.length) * DIGITS.length

const randomDigits = (): string => {
  let digits = ''
  while (digits.length < LENGTH)
    for (const byte of randomBytes(LENGTH * 2))
      if (byte < FAIR && digits.length < LENGTH) digits += DIGITS[byte % DIGITS.length]
  return digits
}

export const newSessionId = (): string => `ses_${randomDigits()}`
export const newMessageId = (): string => `msg_${randomDigits()}`
export const newUploadId = (): string => `upl_${randomDigits()}`
export const newRunId = (): string => `run_${randomDigits()}`

/** Clients make no ids of this kind. */
export const isMadeHere = (id: string): boolean => id.startsWith('ses_')

const SESSION_ID = /^[A-Za-z0-9_.:-]{1,128}$/
/** Programs would take it for a place in a path. */
const DOTS = /^\.+$/

export const isSessionId = (id: string): boolean => SESSION_ID.test(id) && !DOTS.test(id)

/** @throws GatewayError `invalid_request` */
export const checkSessionId = (id: string): string => {
  if (isSessionId(id)) return id
  throw invalidRequest(
    'The id of a session has 1 to 128 letters, digits and characters of "_.:-".',
    'session_id',
  )
}
