/** Requests usage that the operator wants and the client did not ask for, and removes it from the answer. */
import { isJsonObject, type JsonObject, parseObject } from '#model'
import type { Protocol } from '#protocols'
import { type ByteString, createSseReader, fromByteString } from '#streams'
import type { Envelope } from '../../request/envelope.ts'
import type { Edit } from '../../request/edits.ts'

/** Protocols whose streams report usage only if the client asks for it. */
const CHOOSES: ReadonlySet<Protocol['name']> = new Set(['openai-chat', 'openai-completions'])

/** Undefined if the client asked for usage itself, or if the protocol always reports it. */
export const askForUsage = (
  protocol: Protocol,
  body: Buffer,
  { members }: Envelope,
): Edit | undefined => {
  if (!CHOOSES.has(protocol.name)) return undefined
  const member = members.findLast(({ key }) => key === 'stream_options')
  const options = member ? parseOptions(body.toString('utf8', member.start, member.end)) : {}
  if (!options || options.include_usage === true) return undefined
  const json = JSON.stringify({ ...options, include_usage: true })
  if (member) return { start: member.start, end: member.end, json }
  const end = body.lastIndexOf('}')
  return { start: end, end, json: `,"stream_options":${json}` }
}

/** Undefined if it is not valid JSON: the upstream reports that. */
const parseOptions = (json: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(json)
    return isJsonObject(value) ? value : {}
  } catch {
    return undefined
  }
}

/** Stands in an event that carries nothing but usage, and seldom in another. */
export const NO_CHOICES = '[]'

export const isUsageOnly = (event: ByteString): boolean => {
  if (!event.includes('"usage"') || !event.includes(NO_CHOICES)) return false
  let found = false
  createSseReader((data) => (found = tellsUsageOnly(data))).push(event)
  return found
}

const tellsUsageOnly = (data: ByteString): boolean => {
  const { choices, usage } = parseObject(fromByteString(data)) ?? {}
  return Array.isArray(choices) && choices.length === 0 && isJsonObject(usage)
}
