import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createMemoryAccount } from '#access'
import { anthropicMessages, createAnswerWriter, openaiChat } from '#protocols'
import { createGrowingText, createSlotTemplate, createSseReader } from '#streams'
import { createCallRecord } from '../../../src/gateway/record/create-call-record.ts'
import { openRelay } from '../../../src/gateway/lanes/relay/relay-stream.ts'
import { openTranslation } from '../../../src/gateway/lanes/translate-lane.ts'
import { createHeadText } from '../../../src/transport/http1/head-text.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const COUNT = 2000
const nothing = (): void => undefined
const caller = { id: 'caller' }
const account = createMemoryAccount({ maxBytes: 1e9, shared: true })
const relay = { stripUsage: false, redact: String, onAnswer: undefined, onGiven: undefined }
const means = { settlers: [nothing], memory: account }
const recorded = (body: Buffer) =>
  createCallRecord(means, { requestId: 'req_1', caller, route: '/', body })
const noBody = Buffer.alloc(0)

const ROUNDS = 5

const bytesOfRound = (make: () => object): number => {
  const made: object[] = Array.from({ length: COUNT }, () => noBody)
  // Excludes what is made only once or compiled.
  for (let at = 0; at < 100; at++) made[at] = make()
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let at = 0; at < COUNT; at++) made[at] = make()
  collectGarbage()
  return (process.memoryUsage().heapUsed - before) / COUNT
}

/** The least of several rounds, because the heap of a round also contains what the runner and the compiler add to it. */
const bytesOfEach = (make: () => object): number =>
  Math.min(...Array.from({ length: ROUNDS }, () => bytesOfRound(make)))

// About twice what each takes. As closures with getters, all took more than is allowed here.
it.each<[string, number, () => object]>([
  ['a text that grows', 128, () => createGrowingText()],
  ['a head that comes in pieces', 192, () => createHeadText()],
  ['a reader of events', 384, () => createSseReader(nothing)],
  ['a template', 384, () => createSlotTemplate()],
  ['a hold on memory', 384, () => account.hold(caller, 1)],
  ['a record', 384, () => recorded(noBody)],
  ['a writer of events', 512, () => createAnswerWriter(nothing)],
  ['a tap of chat', 1600, () => openaiChat.createTap()],
  ['a tap of Messages', 2000, () => anthropicMessages.createTap()],
  ['a relayed stream', 2000, () => openRelay({ protocol: openaiChat, requestId: 'r' }, relay)],
  [
    'a translated stream',
    384,
    () => openTranslation(String, () => ({ push: nothing, end: nothing, fail: nothing })),
  ],
])('%s takes at most %i bytes', (_, mostBytes, make) => {
  expect(bytesOfEach(make)).toBeLessThan(mostBytes)
})

it('a record does not retain the body of its call', async () => {
  let body: Buffer | undefined = Buffer.alloc(100_000)
  const held = new WeakRef(body)
  const record = recorded(body)
  body = undefined
  // A reference that is new is held until the next turn of the event loop.
  await new Promise(setImmediate)
  collectGarbage()
  expect(held.deref()).toBeUndefined()
  record.settle('ok')
})
