/** Parts that only one protocol can represent. */
import { isJsonObject, type JsonObject, type Part, type ProtocolName } from '#model'
import type { Drop } from '../../protocol.ts'

/** The name under which a part that its turn cannot hold is reported as dropped. */
export const toPartName = ({ kind }: Part): string => kind.replaceAll('-', '_')

/** Returns the value unchanged for its own protocol; every other protocol drops it. */
export const encodeNative = (
  part: Extract<Part, { kind: 'native' }>,
  protocol: ProtocolName,
  drop: Drop,
): JsonObject | undefined => {
  const value = isJsonObject(part.value) ? part.value : {}
  if (part.protocol === protocol) return value
  return void drop(
    typeof value.type === 'string' ? value.type : (Object.keys(value)[0] ?? 'messages'),
  )
}
