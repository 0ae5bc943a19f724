/**
 * One recording of an upstream, what it means, and what a client of each protocol reads of it.
 *
 * `GOLDEN=write` writes anew what follows from the recordings: read the difference before you keep it.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ModelEvent } from '#model'
import {
  type AnswerContext,
  anthropicMessages,
  type Codec,
  gemini,
  openaiChat,
  openaiResponses,
} from '#protocols'
import {
  checkChatStream,
  checkGeminiStream,
  checkMessagesStream,
  checkResponsesStream,
} from '../tools/checkers/index.ts'
import {
  ANSWER as ANY_ANSWER,
  codecOf,
  decodeStream,
  encodeStream,
  toPlain,
} from '../tools/protocols/byte-codec.ts'
import { judgeSentence } from '../tools/protocols/expect-well-formed.ts'

const FOLDER = join(import.meta.dirname, '../fixtures')
const isWriting = process.env['GOLDEN'] === 'write'

const CODECS: Readonly<Record<string, Codec>> = {
  'openai-chat': codecOf(openaiChat),
  'anthropic-messages': codecOf(anthropicMessages),
  'openai-responses': codecOf(openaiResponses),
  gemini: codecOf(gemini),
}

const CHECKERS: Readonly<Record<string, (bytes: Buffer) => string[]>> = {
  'openai-chat': (bytes) => checkChatStream(bytes, { model: 'asked-model', includeUsage: true }),
  'anthropic-messages': (bytes) => checkMessagesStream(bytes, { model: 'asked-model' }),
  'openai-responses': (bytes) => checkResponsesStream(bytes, { model: 'asked-model' }),
  gemini: (bytes) => checkGeminiStream(bytes, { model: 'asked-model' }),
}

const ANSWER: AnswerContext = { ...ANY_ANSWER, provider: 'upstream' }

/** As it is in a file: without the escaped copy of a text, and without the stack of an error. */
const toKept = (event: ModelEvent): unknown => {
  const plain = toPlain(event)
  if (plain.type !== 'error') return plain
  const { type, ...error } = plain
  return { type, error }
}

const toLines = (events: readonly unknown[]): string =>
  `[\n${events.map((event) => `  ${JSON.stringify(event)}`).join(',\n')}\n]\n`

const expectFile = (path: string, content: string): void => {
  if (isWriting) writeFileSync(path, content)
  expect(content).toBe(readFileSync(path, 'utf8'))
}

const nameOf = (folder: string): string => {
  const found = Object.keys(CODECS).find((name) => existsSync(join(folder, `upstream.${name}.sse`)))
  if (!found) throw new Error(`${folder} holds no recording.`)
  return found
}

const RECORDINGS = readdirSync(FOLDER, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, folder: join(FOLDER, name), upstream: nameOf(join(FOLDER, name)) }))

it('there are recordings', () => {
  expect(RECORDINGS.length).toBeGreaterThan(0)
})

describe.each(RECORDINGS)('$name', ({ folder, upstream }) => {
  const recording = readFileSync(join(folder, `upstream.${upstream}.sse`))
  const events = decodeStream(CODECS[upstream] as Codec, [recording])

  it('keeps its meaning', () => {
    expect(judgeSentence(events)).toEqual([])
    expectFile(join(folder, 'events.json'), toLines(events.map(toKept)))
  })

  it.each(Object.entries(CODECS))('is read by a client of %s as it was', (client, codec) => {
    const bytes = encodeStream(codec, events, ANSWER)
    expect(CHECKERS[client]?.(bytes)).toEqual([])
    expectFile(join(folder, `expected.${client}.sse`), bytes.toString('utf8'))
  })
})
