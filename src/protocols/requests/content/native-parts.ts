/** Parts that only one protocol can name. */
import { isJsonObject, type JsonObject, type Part, type ProtocolName } from '#model'

/** Parts that no turn of this kind can hold at a target, and what they are called. */
export const toPartName = ({ kind }: Part): string => kind.replaceAll('-', '_')

/** As it stands for the protocol that it is of; for every other there is no form. */
export const encodeNative = (
  part: Extract<Part, { kind: 'native' }>,
  protocol: ProtocolName,
  drop: (name: string) => void,
): JsonObject | undefined => {
  const value = isJsonObject(part.value) ? part.value : {}
  if (part.protocol === protocol) return value
  return void drop(
    typeof value.type === 'string' ? value.type : (Object.keys(value)[0] ?? 'messages'),
  )
}
