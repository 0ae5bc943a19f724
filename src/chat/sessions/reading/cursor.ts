/** Where a list of sessions goes on. It is opaque to clients. */
import { invalidRequest, isJsonObject, parseJson } from '#model'

export interface Place {
  readonly activeAt: number
  readonly id: string
}

export const toCursor = ({ activeAt, id }: Place): string =>
  Buffer.from(JSON.stringify({ a: activeAt, i: id })).toString('base64url')

/** @throws GatewayError `invalid_request` */
export const readCursor = (cursor: string): Place => {
  const read = parseJson(Buffer.from(cursor, 'base64url').toString())
  if (isJsonObject(read)) {
    const { a: activeAt, i: id } = read
    if (Number.isSafeInteger(activeAt) && typeof id === 'string') {
      const place = { activeAt: activeAt as number, id }
      // Nothing but what was given out: another spelling of the same place is a mistake, too.
      if (toCursor(place) === cursor) return place
    }
  }
  throw invalidRequest("'cursor' is not one that a list of sessions has given.", 'cursor')
}
