/** The ids of sessions: a client may make its own. */
import { invalidRequest } from '#model'

const SESSION_ID = /^[A-Za-z0-9_.:-]{1,128}$/

/** Clients and proxies take these for steps of a path, and objects have fields of these names. */
const isMisread = (id: string): boolean => id === '.' || id === '..' || id in Object.prototype

/** @throws GatewayError `invalid_request` */
export const readSessionId = (id: string): string => {
  if (SESSION_ID.test(id) && !isMisread(id)) return id
  throw invalidRequest(
    "'session_id' must be 1 to 128 letters, digits and the characters _ . : -, and no name of a built-in.",
    'session_id',
  )
}
