/** Decodes a request from the client's protocol into the vocabulary. */
import { GatewayError, type ModelRequest } from '#model'
import type { GatewayCall } from '../call.ts'
import { parseBody } from './parse-body.ts'

/** Decodes anew for each target: a decoded request is several times its body and would be held for minutes. */
export const createDecoder = (call: GatewayCall): (() => ModelRequest) => {
  const { protocol, askedIn = protocol, body, named, asked } = call
  if (asked) return () => asked.request
  return () => {
    if (!askedIn.codec) throw new GatewayError('internal', 'This protocol is only relayed.')
    return askedIn.codec.decodeRequest({ ...parseBody(body), ...named })
  }
}
