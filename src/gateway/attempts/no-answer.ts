/** Recognises what is no answer of any protocol, although its status is a success. The rest is for the lanes to judge. */
import { GatewayError } from '#model'
import { type ByteString, headerOf } from '#streams'
import { noObject } from '../lanes/translate-lane.ts'

/** Proxies and portals answer with pages, and some end an answer well whose upstream broke off. @throws GatewayError `upstream_invalid` */
export const refuseNoAnswer = (
  bytes: ByteString,
  rawHeaders: readonly string[],
  coding: string | undefined,
): void => {
  if (isPage(rawHeaders))
    throw new GatewayError('upstream_invalid', 'The upstream answered with an HTML page.')
  if (coding === undefined && isCut(bytes)) throw noObject()
}

const isPage = (rawHeaders: readonly string[]): boolean =>
  headerOf(rawHeaders, 'content-type')?.toLowerCase().startsWith('text/html') ?? false

/** Whether it begins as JSON does, and does not end so. It is not parsed for this: a relayed answer may be large. */
const isCut = (bytes: ByteString): boolean => {
  const json = bytes.trim()
  return (
    (json.startsWith('{') && !json.endsWith('}')) || (json.startsWith('[') && !json.endsWith(']'))
  )
}
