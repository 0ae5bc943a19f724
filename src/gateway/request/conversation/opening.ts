/** The first message of the user: it is the same in all calls of a conversation. */
import { isJsonObject } from '#model'
import { findElements, findMember, JsonShapeError } from '#streams'
import type { GatewayCall } from '../../call.ts'
import type { Envelope } from '../envelope.ts'

const LISTS: ReadonlySet<string> = new Set(['messages', 'input', 'contents', 'prompt'])

const OPEN_ARRAY = 91
const OPEN_OBJECT = 123

/** Before it are the messages of the system. */
const MOST_BEFORE = 16
/** Of a longer message the beginning counts, as it was sent. */
const LARGEST_PARSED = 64 * 1024
const MOST_CHARACTERS = 1024

/** Empty if there is none. */
export const openingOf = ({ body }: GatewayCall, { members }: Envelope): string => {
  const span = members.findLast(({ key }) => LISTS.has(key))
  if (!span) return ''
  const list = body.subarray(span.start, span.end)
  try {
    if (list[0] !== OPEN_ARRAY) return textOf(list)
    for (const { start, end } of findElements(list, Infinity).slice(0, MOST_BEFORE)) {
      const message = list.subarray(start, end)
      const content = isOfUser(message) ? contentOf(message) : undefined
      if (content) return textOf(content)
    }
  } catch (error) {
    if (!(error instanceof JsonShapeError || error instanceof SyntaxError)) throw error
  }
  return ''
}

const isOfUser = (message: Buffer): boolean => {
  if (message[0] !== OPEN_OBJECT) return false
  const role = findMember(message, 'role', Infinity)
  return !role || message.toString('latin1', role.start, role.end) === '"user"'
}

const contentOf = (message: Buffer): Buffer | undefined => {
  const span = findMember(message, 'content', Infinity) ?? findMember(message, 'parts', Infinity)
  return span && message.subarray(span.start, span.end)
}

/** Without the marks that clients move from call to call. @throws SyntaxError */
const textOf = (json: Buffer): string => {
  if (json.length > LARGEST_PARSED) return json.toString('latin1', 0, MOST_CHARACTERS)
  const value: unknown = JSON.parse(json.toString())
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value]
  return parts.map(toText).join('\n').slice(0, MOST_CHARACTERS)
}

const toText = (part: unknown): string => {
  const text = isJsonObject(part) ? part.text : part
  return typeof text === 'string' ? text : ''
}
