/** Reads the members of a client's frame, and the body of the call that it contains. */
import { GatewayError, invalidRequest } from '#model'
import { findMembers, type JsonMember, JsonShapeError, MAX_JSON_VALUES } from '#streams'

export interface Frame {
  readonly bytes: Buffer
  readonly members: readonly JsonMember[]
}

/** @throws GatewayError `invalid_request` */
export const readFrame = (bytes: Buffer, maxDepth: number): Frame => {
  try {
    return { bytes, members: findMembers(bytes, maxDepth, MAX_JSON_VALUES) }
  } catch (error) {
    if (error instanceof JsonShapeError)
      throw invalidRequest(error.message.replace('The body', 'The frame'))
    throw error
  }
}

/** Longer than any id or type. */
const MAX_SMALL_BYTES = 1024

/** The value of a small member; null counts as absent. @throws GatewayError */
const readSmall = ({ bytes, members }: Frame, key: string): unknown => {
  const [member, second] = members.filter((each) => each.key === key)
  if (!member) return undefined
  if (second) throw invalidRequest(`'${key}' stands in the frame more than once.`, key)
  if (member.end - member.start > MAX_SMALL_BYTES)
    throw invalidRequest(`'${key}' is longer than it can be.`, key)
  try {
    return JSON.parse(bytes.toString('utf8', member.start, member.end)) ?? undefined
  } catch {
    throw invalidRequest(`'${key}' is not valid JSON.`, key)
  }
}

/** @throws GatewayError if the value is not text. */
export const readText = (frame: Frame, key: string): string | undefined => {
  const value = readSmall(frame, key)
  if (value === undefined || (typeof value === 'string' && value !== '')) return value
  throw invalidRequest(`'${key}' must be a string that is not empty.`, key)
}

/** @throws GatewayError if the value is not a boolean. */
export const readFlag = (frame: Frame, key: string): boolean | undefined => {
  const value = readSmall(frame, key)
  if (value === undefined || typeof value === 'boolean') return value
  throw invalidRequest(`'${key}' must be true or false.`, key)
}

/** The bytes of the JSON of a member. */
export const bytesOf = ({ bytes, members }: Frame, key: string): Buffer | undefined => {
  const member = members.findLast((each) => each.key === key)
  return member && bytes.subarray(member.start, member.end)
}

/**
 * The frame without the members that are `left` out, as a body that asks for a stream, since doors always stream.
 * `added` is the JSON of additional members.
 */
export const toBody = (
  { bytes, members }: Frame,
  left: ReadonlySet<string>,
  added: readonly Buffer[] = [],
): Buffer => {
  const pieces = [Buffer.from('{"stream":true'), ...added]
  for (const { key, start, end } of members)
    if (key !== 'stream' && !left.has(key))
      pieces.push(Buffer.from(`,${JSON.stringify(key)}:`), bytes.subarray(start, end))
  pieces.push(Buffer.from('}'))
  return Buffer.concat(pieces)
}

export const tooManyCalls = (most: number): GatewayError =>
  new GatewayError('at_capacity', `At most ${most} calls may be under way on one connection.`, {
    status: 429,
    vendorCode: 'too_many_calls',
  })
