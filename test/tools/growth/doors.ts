/** Work of the doors and of embeddings, before and after the translators. */
import { type JsonObject, parseObject } from '#model'
import {
  geminiBatchEmbedContents,
  geminiEmbedContent,
  openaiChat,
  openaiEmbeddings,
} from '#protocols'
import { ANONYMOUS, createMemoryAccount } from '#access'
import { parseAnswer } from '../../../src/gateway/lanes/translate-lane.ts'
import { findConversationName } from '../../../src/gateway/request/conversation/conversation-name.ts'
import { readEnvelope } from '../../../src/gateway/request/envelope.ts'
import { parseBody } from '../../../src/gateway/request/parse-body.ts'
import { readFlag, readFrame, readText } from '../../../src/server/websocket/frames/frame-body.ts'
import {
  decodePercent,
  readHeaderValue,
  toFileName,
} from '../../../src/server/uploads/file-name.ts'
import { openFilePart } from '../../../src/server/uploads/multipart.ts'
import { createResponseWatch } from '../../../src/server/websocket/responses/response-watch.ts'
import { many } from './conversations.ts'
import type { Measured, Work } from './measure.ts'

const bodyWork =
  (read: (body: Buffer) => unknown): Work =>
  (size) => {
    const messages = many(size, () => ({ role: 'user', content: 'x' }))
    const body = Buffer.from(JSON.stringify({ model: 'm', stream: true, messages }))
    return () => void read(body)
  }

const named: Work = (size) => {
  const messages = many(size, () => ({ role: 'system', content: 'x' }))
  const body = Buffer.from(JSON.stringify({ model: 'm', user: 'ann', messages }))
  const call = { body, protocol: openaiChat, rawHeaders: many(size, () => 'x-none') }
  const envelope = readEnvelope(call, 100)
  return () => void findConversationName(call as never, envelope)
}

const readAll = (body: Buffer): void => {
  const frame = readFrame(body, 100)
  readText(frame, 'model')
  readFlag(frame, 'stream')
}

const item = (at: number) =>
  JSON.stringify({ type: 'response.output_item.done', item: { id: `i${at}` } })

const watched: Work = (size) => {
  const items = many(size, item)
  return () => {
    const watch = createResponseWatch(
      createMemoryAccount({ maxBytes: 1e9, shared: false }).hold(ANONYMOUS, 0),
    )
    for (const data of items) watch.see('response.output_item.done', data)
    watch.see('response.completed', '{"type":"response.completed","response":{"id":"r"}}')
  }
}

const BODIES: readonly (readonly [typeof openaiEmbeddings, (size: number) => JsonObject])[] = [
  [openaiEmbeddings, (size) => ({ model: 'm', input: many(size, () => 'x') })],
  [
    geminiEmbedContent,
    (size) => ({ model: 'm', content: { parts: many(size, () => ({ text: 'x' })) } }),
  ],
  [
    geminiBatchEmbedContents,
    (size) => ({
      model: 'm',
      requests: many(size, () => ({ content: { parts: [{ text: 'x' }] } })),
    }),
  ],
]

const embedded: readonly Measured[] = BODIES.map(([protocol, bodyOf]): Measured => [
  `inputs of ${protocol.toPath('m')}`,
  2000,
  (size) => {
    const body = bodyOf(size)
    return () => {
      const request = protocol.decodeRequest(body)
      protocol.encodeRequest(request, { provider: 'p', model: 'm' })
    }
  },
])

const vectors: readonly Measured[] = BODIES.map(([protocol]): Measured => [
  `vectors of ${protocol.toPath('m')}`,
  2000,
  (size) => {
    const isOne = protocol === geminiEmbedContent
    const given = many(isOne ? 1 : size, () => (isOne ? many(size, () => 0.5) : [0.5]))
    const answer = { model: 'm', vectors: given, inputTokens: 1 }
    return () => {
      const body = protocol.encodeAnswer(answer, undefined)
      protocol.decodeAnswer(body)
      protocol.decodeInputTokens(body)
    }
  },
])

const form: Work = (size) => {
  const head = `--b\r\nContent-Disposition: form-data; name="file"; filename="${'%22'.repeat(100)}"\r\n\r\n`
  const body = Buffer.from(`${head}${many(size, () => '\r\n--bx').join('')}\r\n--b--`)
  async function* inChunks() {
    for (let at = 0; at < body.length; at += 100) yield body.subarray(at, at + 100)
  }
  return async () => {
    const { name, bytes } = await openFilePart(inChunks(), 'b')
    toFileName(decodePercent(name ?? ''))
    for await (const piece of bytes) if (piece.length === 0) return
  }
}

const names: Work = (size) => {
  const header = `form-data${many(size, (at) => `; n${at}="${'\\'.repeat(10)}"`).join('')}`
  return () => void readHeaderValue(header)
}

export const DOORS: Readonly<Record<string, readonly Measured[]>> = {
  readEnvelope: [['many messages', 10_000, bodyWork((body) => readEnvelope({ body }, 100))]],
  findConversationName: [['many messages of the system, and many headers', 5000, named]],
  parseBody: [['many messages', 10_000, bodyWork(parseBody)]],
  readFrame: [['many messages', 10_000, bodyWork(readAll)]],
  parseObject: [['many messages', 10_000, bodyWork((body) => parseObject(body.toString('utf8')))]],
  parseAnswer: [
    ['many messages', 10_000, bodyWork((body) => parseAnswer(body.toString('latin1')))],
  ],
  createResponseWatch: [['many items', 2000, watched]],
  embeddings: [...embedded, ...vectors],
  openFilePart: [['a form with what looks like boundaries', 5_000, form]],
  readHeaderValue: [['many parameters', 2_000, names]],
}
