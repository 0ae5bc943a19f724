/** Finds what a request names that its upstream keeps: the thread it continues, and the container its code runs in. */
import { isJsonObject, type JsonObject } from '#model'
import type { JsonMember } from '#streams'
import { refuseRepeated, textInside, textOf } from '../requests/named-state.ts'
import type { Protocol, Reference } from '../protocol.ts'

/** @throws GatewayError `invalid_request` */
export const findReferences = (
  body: Buffer,
  members: readonly JsonMember[],
): readonly Reference[] => {
  const found: Reference[] = []
  for (const [param, key, kind] of STATE) {
    refuseRepeated(members, param)
    const span = members.find((each) => each.key === param)
    const id = span && (textOf(body, members, param) ?? textInside(body, span, param, key))
    if (span && id !== undefined) found.push({ kind, id, param, span })
  }
  return found
}

const STATE = [
  ['thread', 'previous_message_id', 'thread'],
  ['container', 'id', 'lookup'],
] as const

export const givenIds = ({ container }: JsonObject): readonly string[] =>
  isJsonObject(container) && typeof container.id === 'string' ? [container.id] : []

/** A message can be continued if it belongs to a thread. */
export const keeps: Protocol['keeps'] = (_, members) =>
  members.some(({ key }) => key === 'thread') ? 'answer' : 'parts'
