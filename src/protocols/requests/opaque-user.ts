/** The user of a request, as a vendor may know them. */
import { createHash } from 'node:crypto'

/** Who it is, is the client's business; that it is the same one, the vendor may know. */
export const toOpaqueUser = (userId: string | undefined): string | undefined =>
  userId ? createHash('sha256').update(userId).digest('hex') : undefined
