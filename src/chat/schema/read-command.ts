/** Reads the frames and bodies with which clients give commands. */
import { GatewayError, invalidRequest, type JsonObject, parseObject } from '#model'
import type { DoorCommand } from '../dialects/dialect.ts'
import { BODY_FIELDS, FRAME_FIELDS } from './command-fields.ts'
import { judge } from './judge.ts'

type FrameType = keyof typeof FRAME_FIELDS
type BodyType = keyof typeof BODY_FIELDS

const ALIASES: Readonly<Record<string, string>> = { chat: 'message' }

/** @throws GatewayError `invalid_request` or `request_too_large`, with the field that is wrong. */
export const readCommand = (text: string): DoorCommand => {
  const frame = parseObject(text)
  if (!frame) throw invalidRequest('The frame is not a JSON object.')
  const { type: given, ...fields } = frame
  if (given === undefined) throw invalidRequest("'type' is required.", 'type')
  if (typeof given !== 'string') throw invalidRequest("'type' must be a string.", 'type')
  // It has been admitted by now.
  if (given === 'auth') return { type: 'auth' }
  const type = Object.hasOwn(ALIASES, given) ? (ALIASES[given] ?? given) : given
  if (!isFrameType(type)) throw unknownType(given)
  return { type, ...judge(FRAME_FIELDS[type], toFields(type, fields)) } as DoorCommand
}

/** @throws GatewayError as above */
export const readCommandBody = <Type extends BodyType>(type: Type, body: JsonObject): JsonObject =>
  judge(BODY_FIELDS[type], toFields(type, body)) as JsonObject

const isFrameType = (type: string): type is FrameType => Object.hasOwn(FRAME_FIELDS, type)

/** Null is the same as nothing. `message` is another name of the content. */
const toFields = (type: string, given: JsonObject): JsonObject => {
  const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null))
  if (type !== 'message' || !('message' in fields)) return fields
  const { message, ...rest } = fields
  if ('content' in rest)
    throw invalidRequest("'message' and 'content' are two names of one field.", 'message')
  return { ...rest, content: message }
}

const unknownType = (type: string): GatewayError =>
  new GatewayError(
    'invalid_request',
    `There are no frames of type '${type.slice(0, 40)}' here. There are ${Object.keys(FRAME_FIELDS).join(', ')} and auth.`,
    { param: 'type', vendorCode: 'unknown_frame_type' },
  )
