/** Parts that only one protocol can name. */
import { isJsonObject, type JsonObject, type Part, type ProtocolName } from '#model'

/** As it stands for the protocol that it is of; for every other there is no form. */
export const encodeNative = (
  part: Extract<Part, { kind: 'native' }>,
  protocol: ProtocolName,
  drop: (name: string) => void,
): JsonObject | undefined => {
  const value = isJsonObject(part.value) ? part.value : {}
  if (part.protocol === protocol) return value
  return void drop(typeof value.type === 'string' ? value.type : 'messages')
}
