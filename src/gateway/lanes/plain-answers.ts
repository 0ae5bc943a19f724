/** Answers that Sluice writes itself. */
import type { JsonObject } from '#model'
import { type ByteChannel, type ByteString, toByteString } from '#streams'
import type { Answer } from '../call.ts'
import { EVENT_STREAM } from './relay-headers.ts'

export const toStream = (body: ByteChannel): Answer => ({
  status: 200,
  headers: EVENT_STREAM,
  body,
})

export const toAnswer = (body: JsonObject, headers: readonly string[] = []): Answer =>
  toJsonAnswer(toByteString(JSON.stringify(body)), headers)

/** @param body JSON text. */
export const toJsonAnswer = (body: ByteString, headers: readonly string[] = []): Answer => ({
  status: 200,
  headers: ['content-type', 'application/json', ...headers],
  body,
})
