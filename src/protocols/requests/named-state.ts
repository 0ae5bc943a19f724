/** Reads in a request's bytes what it names by id, where of two fields one reader takes the first and another the last. */
import { invalidRequest } from '#model'
import { findMembers, type JsonMember, type JsonSpan } from '#streams'

const OPEN_OBJECT = 123
const QUOTE = 34

/** @throws GatewayError `invalid_request` */
export const refuseSecond = (
  members: readonly JsonMember[],
  key: string,
  param: string = key,
): void => {
  const isFirst = (each: JsonMember): boolean => each.key === key
  if (members.findIndex(isFirst) !== members.findLastIndex(isFirst))
    throw invalidRequest(`'${param}' is in the body more than once.`, param)
}

/** The text of a member; undefined where it is anything else. */
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
    // Whoever reads the whole of it says what is wrong.
    return undefined
  }
}

/** Text in an object that is a member. @throws GatewayError `invalid_request` where it is there twice. */
export const textInside = (json: Buffer, { start, end }: JsonSpan, param: string, key: string) => {
  if (json[start] !== OPEN_OBJECT) return undefined
  const inner = json.subarray(start, end)
  const members = findMembers(inner, Infinity)
  refuseSecond(members, key, `${param}.${key}`)
  return textOf(inner, members, key)
}
