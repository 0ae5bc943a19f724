/** The user id of a request, in a form that a vendor may see. */
import { createHash } from 'node:crypto'

/** A hash: the vendor learns that two requests have the same user, but not who it is. */
export const toOpaqueUser = (userId: string | undefined): string | undefined =>
  userId ? createHash('sha256').update(userId).digest('hex') : undefined
