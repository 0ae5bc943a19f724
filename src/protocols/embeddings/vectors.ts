/** Reads vectors in any form. */
import { GatewayError, type JsonObject } from '#model'

/** @throws GatewayError `upstream_invalid` */
export const toVector = (value: unknown): readonly number[] => {
  const vector = typeof value === 'string' ? unpackVector(value) : value
  if (!Array.isArray(vector) || vector.length === 0 || !vector.every(Number.isFinite))
    throw noVectors()
  return vector as readonly number[]
}

export const noVectors = (): GatewayError =>
  new GatewayError('upstream_invalid', 'The upstream answered with something that is no vectors.')

export const toCount = (object: JsonObject, key: string): number | undefined => {
  const value = object[key]
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined
}

const BYTES_PER_NUMBER = 4

export const packVector = (vector: readonly number[]): string => {
  const bytes = Buffer.alloc(vector.length * BYTES_PER_NUMBER)
  for (const [at, number] of vector.entries()) bytes.writeFloatLE(number, at * BYTES_PER_NUMBER)
  return bytes.toString('base64')
}

const unpackVector = (base64: string): readonly number[] => {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.length % BYTES_PER_NUMBER !== 0) throw noVectors()
  return Array.from({ length: bytes.length / BYTES_PER_NUMBER }, (_, at) =>
    bytes.readFloatLE(at * BYTES_PER_NUMBER),
  )
}
