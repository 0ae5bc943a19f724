/** Whether a server that speaks a protocol lacks one of its routes: many do. */
import { toGatewayError } from '#model'

/** The last two are of frameworks that find another route by the same path, or a stub. */
const STATUSES = new Set([404, 405, 501])

/** @throws what was thrown, where it says anything else. */
export const expectMissingRoute = (thrown: unknown): void => {
  if (!STATUSES.has(toGatewayError(thrown).status)) throw thrown
}
