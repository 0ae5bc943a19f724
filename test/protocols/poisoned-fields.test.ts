/** Any field may hold any JSON: also an object that JavaScript can make neither a text nor a number of. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GatewayError, isJsonObject, type ModelRequest } from '#model'
import {
  anthropicMessages,
  gemini,
  openaiChat,
  openaiCompletions,
  openaiResponses,
  type Protocol,
} from '#protocols'
import { CHAT_BODIES } from '../fuzz/corpus/chat.ts'
import { COMPLETIONS_BODIES } from '../fuzz/corpus/completions.ts'
import { GEMINI_BODIES } from '../fuzz/corpus/gemini.ts'
import { MESSAGES_BODIES } from '../fuzz/corpus/messages.ts'
import { RESPONSES_BODIES } from '../fuzz/corpus/responses.ts'
import {
  ANSWER,
  codecOf,
  decodeStream,
  encodeStream,
  toFrames,
  toJson,
} from '../tools/protocols/byte-codec.ts'

const POISON: unknown = JSON.parse('{"toString":1,"valueOf":1,"toJSON":1,"__proto__":1}')

const GENERATING = [openaiChat, anthropicMessages, openaiResponses, gemini]

/** The value once for each place in it, with poison in that place. */
function* poisonEach(value: unknown): Generator<unknown> {
  yield POISON
  if (Array.isArray(value))
    for (const [index, item] of value.entries())
      for (const poisoned of poisonEach(item)) yield value.with(index, poisoned)
  else if (isJsonObject(value))
    for (const [name, member] of Object.entries(value))
      for (const poisoned of poisonEach(member)) yield { ...value, [name]: poisoned }
}

/** What it gives; nothing where it refuses, as it may. */
const tryTo = <T>(act: () => T): T | undefined => {
  try {
    return act()
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown
    expect(thrown.code).not.toBe('internal')
    return undefined
  }
}

describe('a request', () => {
  it.each<[string, Protocol, readonly Record<string, unknown>[]]>([
    ['chat', openaiChat, CHAT_BODIES],
    ['messages', anthropicMessages, MESSAGES_BODIES],
    ['responses', openaiResponses, RESPONSES_BODIES],
    ['gemini', gemini, GEMINI_BODIES],
    ['completions', openaiCompletions, COMPLETIONS_BODIES],
  ])('of %s is read or refused, and so it goes out', (_name, protocol, bodies) => {
    const { decodeRequest } = codecOf(protocol)
    for (const body of bodies)
      for (const poisoned of poisonEach({ model: 'some-model', stream: true, ...body })) {
        const request = isJsonObject(poisoned) && tryTo(() => decodeRequest(poisoned))
        if (request) for (const target of GENERATING) tryTo(() => encodeAt(target, request))
      }
  })
})

const encodeAt = (target: Protocol, request: ModelRequest) =>
  codecOf(target).encodeRequest(request, { provider: 'somewhere', model: 'some-model' })

const FIXTURES = join(import.meta.dirname, '../fixtures')

describe('a stream', () => {
  it.each(readdirSync(FIXTURES))('of %s reaches every client, or fails', (folder) => {
    const file = readdirSync(join(FIXTURES, folder)).find((name) => name.startsWith('upstream.'))
    const name = file?.split('.')[1]
    const upstream = GENERATING.find((protocol) => protocol.name === name)
    if (!file || !upstream) throw new Error(`${folder} is of no protocol that is known.`)
    const events = toJson(readFileSync(join(FIXTURES, folder, file)))
    for (const [index, event] of events.entries())
      for (const poisoned of poisonEach(event)) {
        const frames = events.with(index, poisoned as (typeof events)[number])
        const told = tryTo(() => decodeStream(codecOf(upstream), [toFrames(...frames)]))
        if (told) for (const client of GENERATING) encodeStream(codecOf(client), told, ANSWER)
      }
  })
})
