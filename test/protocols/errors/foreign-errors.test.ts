/** Errors whose shape is another protocol's, as the readers of each protocol see them. */
import { describe, expect, it } from 'vitest'
import type { JsonObject, ModelEvent } from '#model'
import { anthropicMessages, gemini, openaiResponses } from '#protocols'

const WORDS = 'No capacity is left.'
const PROTOCOLS = [anthropicMessages, gemini, openaiResponses]
const UNDO = { toolNames: new Map<string, string>(), freeformTools: new Set<string>() }

const tapOf = (protocol: (typeof PROTOCOLS)[number], event: string) => {
  const tap = protocol.createTap()
  tap.push(event)
  return tap
}

const decodeStream = (protocol: (typeof PROTOCOLS)[number], data: string, event = '') => {
  const events: ModelEvent[] = []
  const decoder = protocol.codec!.decodeEvents(UNDO)((told) => void events.push(told))
  decoder.push({ data, event })
  decoder.end()
  return events
}

describe.each(PROTOCOLS.map((protocol) => [protocol.name, protocol] as const))(
  '%s',
  (name, protocol) => {
    it.each<[string, JsonObject]>([
      ['flat', { message: WORDS }],
      ['flat with a code', { code: 50_505, message: WORDS, data: null }],
      ['of an object', { object: 'error', message: WORDS }],
      ['as a detail', { detail: WORDS }],
      ['as text', { error: WORDS }],
    ])('reads an error that is %s, streamed and complete', (_, error) => {
      const told = [{ type: 'error', error: { code: 'upstream_failed', message: WORDS } }]
      const data = JSON.stringify(error)
      expect(decodeStream(protocol, data)).toMatchObject(told)
      expect(protocol.codec?.decodeMessage(error, UNDO)[0]).toMatchObject(told[0]!)
      expect(protocol.decodeFault?.(error)).toMatchObject({ message: WORDS })
      const tap = tapOf(protocol, `data: ${data}\n\n`)
      expect(tap).toMatchObject({ started: false, finished: false, error: { message: WORDS } })
      expect(tap.foreignError).toEqual({ start: 0, end: data.length + 8 })
    })

    it('reads an event of text that is named as an error, and no other', () => {
      expect(decodeStream(protocol, WORDS, 'error')).toMatchObject([{ error: { message: WORDS } }])
      expect(decodeStream(protocol, WORDS)).toMatchObject([{ error: { code: 'upstream_invalid' } }])
      expect(tapOf(protocol, `error: ${WORDS}\n\n`).error).toMatchObject({ message: WORDS })
      expect(tapOf(protocol, `data: ${WORDS}\n\n`).error).toBeUndefined()
    })

    it.each<[JsonObject, number]>([
      [{ code: 429, message: WORDS }, 429],
      [{ type: 'authentication_error', message: WORDS }, 401],
      [{ error: { type: 'rate_limit_error', message: WORDS } }, 429],
    ])('knows its kind from its code or type: %j', (error, status) => {
      expect(protocol.decodeFault?.(error)).toMatchObject({ status, message: WORDS })
    })

    it('finds no error in its own events', () => {
      const own: JsonObject[] =
        name === 'gemini'
          ? [{ candidates: [], message: 'x' }, { totalTokens: 3 }]
          : [
              { output: [], content: [], error: null },
              { object: 'response', input_tokens: 3 },
            ]
      for (const answer of own) expect(protocol.decodeFault?.(answer)).toBeUndefined()
    })
  },
)

it('an event that replaces a foreign error has its number in a Responses stream', () => {
  const tap = openaiResponses.createTap()
  const created = { type: 'response.created', sequence_number: 0, response: { id: 'resp_1' } }
  tap.push(`data: ${JSON.stringify(created)}\n\n`)
  expect(tap.context).toMatchObject({ sequence_number: 1 })
  tap.push(`data: {"message":"${WORDS}"}\n\n`)
  expect(tap.context).toMatchObject({ sequence_number: 1 })
})

it('a Messages error in its own format passes unchanged', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: WORDS } }
  const tap = tapOf(anthropicMessages, `event: error\ndata: ${JSON.stringify(error)}\n\n`)
  expect(tap).toMatchObject({ error: { code: 'upstream_overloaded' }, foreignError: undefined })
})
