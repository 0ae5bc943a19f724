/** Remembers who was admitted on a connection: a client that keeps it open sends the same key with every call. */
import type { Access } from '../access.ts'
import type { CallHeaders } from './local-callers.ts'
import type { Caller } from '../caller.ts'

/** As `authenticate`, which is asked where the last call that this very connection was admitted with had other headers. */
export type ConnectionAccess = (
  connection: object,
  headers: CallHeaders,
) => Caller | Promise<Caller>

/** All that a decision rests on, and what it was. */
type Proof = Readonly<Record<keyof CallHeaders, Header>> & {
  readonly caller: Caller
  /** Until when it counts, in Unix time. */
  readonly untilMs: number
}
type Header = string | string[] | undefined

/** Of all these headers of a call; one that sends more is asked for its key each time. */
const MAX_KEPT_CHARACTERS = 1024

/** The issuer of a token may have withdrawn the key that signed it. */
const TOKEN_PROOF_MS = 600_000

export const createConnectionAccess = (authenticate: Access['authenticate']): ConnectionAccess => {
  const proofs = new WeakMap<object, Proof>()
  return (connection, headers) => {
    const proof = proofs.get(connection)
    if (proof && isCurrent(proof) && isProven(proof, headers)) return proof.caller
    const admitted = authenticate(headers)
    if (sizeOf(headers) > MAX_KEPT_CHARACTERS) return admitted
    const keep = (caller: Caller, untilMs: number): Caller => {
      proofs.set(connection, toProof(headers, caller, untilMs))
      return caller
    }
    return admitted instanceof Promise
      ? admitted.then((caller) => keep(caller, Date.now() + TOKEN_PROOF_MS))
      : keep(admitted, Infinity)
  }
}

const toProof = (headers: CallHeaders, caller: Caller, untilMs: number): Proof => ({
  'x-api-key': headers['x-api-key'],
  'x-goog-api-key': headers['x-goog-api-key'],
  'x-user-id': headers['x-user-id'],
  authorization: headers.authorization,
  'sec-websocket-protocol': headers['sec-websocket-protocol'],
  host: headers.host,
  origin: headers.origin,
  caller,
  untilMs: Math.min(untilMs, caller.expiresAtMs ?? Infinity),
})

const sizeOf = (headers: CallHeaders): number =>
  (headers['x-api-key']?.length ?? 0) +
  (headers['x-goog-api-key']?.length ?? 0) +
  (headers['x-user-id']?.length ?? 0) +
  (headers.authorization?.length ?? 0) +
  (headers['sec-websocket-protocol']?.length ?? 0) +
  (headers.host?.length ?? 0) +
  (headers.origin?.length ?? 0)

const isCurrent = ({ untilMs }: Proof): boolean => untilMs === Infinity || Date.now() < untilMs

const isProven = (proof: Proof, headers: CallHeaders): boolean =>
  isSame(proof['x-api-key'], headers['x-api-key']) &&
  isSame(proof['x-goog-api-key'], headers['x-goog-api-key']) &&
  isSame(proof['x-user-id'], headers['x-user-id']) &&
  isSame(proof.authorization, headers.authorization) &&
  isSame(proof['sec-websocket-protocol'], headers['sec-websocket-protocol']) &&
  isSame(proof.host, headers.host) &&
  isSame(proof.origin, headers.origin)

/** A proxy may share a connection among its clients: the time it takes must not show how far two keys agree. */
const isSame = (proven: Header, presented: Header): boolean => {
  if (typeof proven !== 'string' || typeof presented !== 'string') return proven === presented
  if (proven.length !== presented.length) return false
  let difference = 0
  for (let at = 0; at < proven.length; at++)
    difference |= proven.charCodeAt(at) ^ presented.charCodeAt(at)
  return difference === 0
}
