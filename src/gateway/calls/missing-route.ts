/** Recognises that a server lacks a route of the protocol that it speaks. Many do. */
import { toGatewayError } from '#model'

/** 405 and 501 come from frameworks that have another method at the same path, or a stub. */
const STATUSES = new Set([404, 405, 501])

/** @throws what was thrown, if it is anything else. */
export const expectMissingRoute = (thrown: unknown): void => {
  if (!STATUSES.has(toGatewayError(thrown).status)) throw thrown
}
