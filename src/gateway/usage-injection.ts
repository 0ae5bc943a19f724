/** Usage that the operator wants to see though the client did not ask for it: asked for, and taken out again. */
import { isJsonObject } from '#model'
import type { Protocol } from '#protocols'
import { type ByteString, createSseReader, fromByteString } from '#streams'
import type { Edit, Envelope } from './envelope.ts'

/** Undefined where the client asked by itself, or the protocol always tells. */
export const askForUsage = (
  protocol: Protocol,
  body: Buffer,
  { members }: Envelope,
): Edit | undefined => {
  if (protocol.name !== 'openai-chat') return undefined
  const member = members.findLast(({ key }) => key === 'stream_options')
  const value: unknown = member && JSON.parse(body.toString('utf8', member.start, member.end))
  const options = isJsonObject(value) ? value : {}
  if (options.include_usage === true) return undefined
  const json = JSON.stringify({ ...options, include_usage: true })
  if (member) return { start: member.start, end: member.end, json }
  const end = body.lastIndexOf('}')
  return { start: end, end, json: `,"stream_options":${json}` }
}

/** Leaves out the one chunk that carries nothing but usage. */
export const createUsageStripper = (): { push(bytes: ByteString): ByteString } => {
  let out: ByteString = ''
  const reader = createSseReader((data, event) => {
    if (!isUsageOnly(data))
      out += `${event === '' ? '' : `event: ${event}\n`}data: ${data.replaceAll('\n', '\ndata: ')}\n\n`
  })
  return {
    push(bytes) {
      out = ''
      reader.push(bytes)
      return out
    },
  }
}

const isUsageOnly = (data: ByteString): boolean => {
  if (!data.includes('"usage"') || !data.includes('[]')) return false
  try {
    const chunk: unknown = JSON.parse(fromByteString(data))
    return (
      isJsonObject(chunk) &&
      Array.isArray(chunk.choices) &&
      chunk.choices.length === 0 &&
      isJsonObject(chunk.usage)
    )
  } catch {
    return false
  }
}
