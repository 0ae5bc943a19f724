/** Reads a request in our words. */
import { GatewayError, type ModelRequest } from '#model'
import type { GatewayCall } from '../call.ts'
import { parseBody } from './parse-body.ts'

/** Reads the body whenever it is asked: what was read is several times its size, and a model may think for minutes. */
export const createDecoder = (call: GatewayCall): (() => ModelRequest) => {
  const { protocol, askedIn = protocol, body, named } = call
  return () => {
    if (!askedIn.codec) throw new GatewayError('internal', 'This protocol is only relayed.')
    return askedIn.codec.decodeRequest({ ...parseBody(body), ...named })
  }
}
