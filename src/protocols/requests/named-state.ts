/**
 * Reads ids in the bytes of a request. A repeated field is refused, because one reader takes the first and another the
 * last.
 */
import { invalidRequest } from '#model'
import { findMembers, type JsonMember, type JsonSpan } from '#streams'

const OPEN_OBJECT = 123
const QUOTE = 34

/** @throws GatewayError `invalid_request` */
export const refuseRepeated = (
  members: readonly JsonMember[],
  key: string,
  param: string = key,
): void => {
  const isFirst = (each: JsonMember): boolean => each.key === key
  if (members.findIndex(isFirst) !== members.findLastIndex(isFirst))
    throw invalidRequest(`'${param}' is in the body more than once.`, param)
}

/** The text of a member; undefined if it is not a string. */
export const textOf = (
  json: Buffer,
  members: readonly JsonMember[],
  key: string,
): string | undefined => {
  const member = members.find((each) => each.key === key)
  if (!member || json[member.start] !== QUOTE) return undefined
  try {
    return JSON.parse(json.toString('utf8', member.start, member.end)) as string
  } catch {
    // The full parse of the body reports what is wrong.
    return undefined
  }
}

/** Reads the text of a field in an object. @throws GatewayError `invalid_request` if the field is repeated. */
export const textInside = (json: Buffer, { start, end }: JsonSpan, param: string, key: string) => {
  if (json[start] !== OPEN_OBJECT) return undefined
  const inner = json.subarray(start, end)
  const members = findMembers(inner, Infinity)
  refuseRepeated(members, key, `${param}.${key}`)
  return textOf(inner, members, key)
}
