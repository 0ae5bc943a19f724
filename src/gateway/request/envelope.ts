/** Reads the two fields of a request that decide where it goes. The rest is not read here. */
import { invalidRequest } from '#model'
import {
  findMembers,
  type JsonMember,
  JsonShapeError,
  MAX_JSON_VALUES,
  type WordSearch,
} from '#streams'
import type { GatewayCall, Named } from '../call.ts'

export interface Envelope {
  readonly model: string
  readonly stream: boolean
  readonly members: readonly JsonMember[]
}

/** @throws GatewayError `invalid_request` */
export const readEnvelope = (
  { body, named }: { readonly body: Buffer; readonly named?: Named },
  maxDepth: number,
  sought?: WordSearch,
): Envelope => {
  const members = outline(body, maxDepth, sought)
  if (named) return { ...named, members }
  const model = readMember(body, members, 'model')
  if (model === undefined) throw invalidRequest("'model' is required.", 'model')
  if (typeof model !== 'string' || model === '')
    throw invalidRequest("'model' must be a string that is not empty.", 'model')
  const stream = readMember(body, members, 'stream') ?? false
  if (typeof stream !== 'boolean') throw invalidRequest("'stream' must be true or false.", 'stream')
  return { model, stream, members }
}

const outline = (
  body: Buffer,
  maxDepth: number,
  sought: WordSearch | undefined,
): readonly JsonMember[] => {
  try {
    return findMembers(body, maxDepth, MAX_JSON_VALUES, sought)
  } catch (error) {
    if (error instanceof JsonShapeError) throw invalidRequest(error.message)
    throw error
  }
}

/** The value of a member that must not occur twice, since an upstream would use the last one. */
const readMember = (body: Buffer, members: readonly JsonMember[], key: string): unknown => {
  const member = members.find((each) => each.key === key)
  if (!member) return undefined
  if (member !== members.findLast((each) => each.key === key))
    throw invalidRequest(`'${key}' stands in the body more than once.`, key)
  if (member.end - member.start > MAX_VALUE_BYTES)
    throw invalidRequest(`'${key}' is longer than a ${key} can be.`, key)
  try {
    return JSON.parse(body.toString('utf8', member.start, member.end)) ?? undefined
  } catch {
    throw invalidRequest(`'${key}' is not valid JSON.`, key)
  }
}

const MAX_VALUE_BYTES = 4096

/** The JSON of a member in the body, or its beginning. If there are several such members, the last one. */
export const jsonOf = (
  { body }: { readonly body: Buffer },
  { members }: Envelope,
  key: string,
  maxBytes = Infinity,
): string | undefined => {
  const member = members.findLast((each) => each.key === key)
  return (
    member && body.toString('utf8', member.start, Math.min(member.end, member.start + maxBytes))
  )
}

/** Whether an upstream that speaks the client's protocol keeps the answer, so that a later call may come back to it. */
export const isStoredUpstream = (
  call: Pick<GatewayCall, 'protocol' | 'body'>,
  envelope: Envelope,
): boolean =>
  call.protocol.keeps?.(call.body, envelope.members) === 'answer' ||
  jsonOf(call, envelope, 'store') === 'true'
