/** Reads the frames of clients that were written for other servers: what else they send is ignored. */
import { invalidRequest, type JsonObject, type MessageCommand, parseObject } from '#model'
import { loadedJudges } from '../../schema/load-judges.ts'
import type { DoorCommand } from '../dialect.ts'

const RUN = ['model', 'when_busy'] as const
const TEXT = ['content', 'message', 'client_message_id'] as const
const MORE = ['attachments', 'metadata'] as const
const MESSAGE = [...TEXT, ...RUN, 'on_disconnect', ...MORE]

/** The fields that are read, by the type of the frame. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  message: MESSAGE,
  chat: MESSAGE,
  cancel: ['run_id'],
  edit: ['message_id', 'content', 'client_message_id', ...RUN, ...MORE],
  regenerate: ['message_id', ...RUN],
  continue: ['run_id', 'when_busy'],
  choose: ['message_id'],
  dequeue: ['message_id'],
  resume: ['position'],
}

/** @throws GatewayError `invalid_request` or `request_too_large`, with the field that is wrong. */
export const readFrame = (text: string): DoorCommand => {
  const frame = parseObject(text)
  if (!frame) throw invalidRequest('The frame is not a JSON object.')
  return readFields(frame.type ?? (isMessage(frame) ? 'message' : undefined), frame)
}

/** @throws GatewayError as above */
export const readMessage = (fields: JsonObject): MessageCommand =>
  readFields('message', fields) as MessageCommand

/** Some clients send nothing but messages, and no type. */
const isMessage = ({ content, message }: JsonObject): boolean =>
  content !== undefined || message !== undefined

const readFields = (type: unknown, frame: JsonObject): DoorCommand => {
  const names = typeof type === 'string' && Object.hasOwn(FIELDS, type) ? FIELDS[type] : undefined
  const known = Object.entries(frame).filter(([name]) => names?.includes(name))
  return loadedJudges().readCommand(JSON.stringify({ ...Object.fromEntries(known), type }))
}
