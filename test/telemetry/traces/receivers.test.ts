/** A receiver that is slow, frozen, gone or refuses costs spans, and no call. */
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import { createTraces } from '#telemetry'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import {
  type House,
  listenForTest,
  sluiceForTest,
  startHouse,
  upstreamForTest,
} from '../../tools/app/house.ts'
import { openaiAt } from '../../tools/app/start-sluice.ts'
import { toSettlement } from '../../tools/stores/settlements.ts'
import { eventually } from '../../tools/app/within.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const start = (url: string, options: Partial<AppOptions> = {}) =>
  startHouse({ traces: tracesTo({ url }), ...options })

const askTimes = async (sluice: House, calls: number): Promise<void> => {
  for (let call = 0; call < calls; call++) {
    const { status } = await sluice.send(CHAT, { body: chatBody() })
    expect(status).toBe(200)
  }
}

const isAbout = (words: string) => (line: Record<string, unknown>) => line.msg === words
const FAILING = isAbout('traces cannot be sent')
const BACK = isAbout('traces are sent again')

/** Accepts connections, and says nothing. */
const startFrozen = async (): Promise<{ readonly url: string; readonly seen: () => number }> => {
  let seen = 0
  const server: Server = createServer((socket) => {
    seen++
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${port}`, seen: () => seen }
}

describe('a receiver', () => {
  it('that refuses is in the log once, and so is its return', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response) => void response.writeHead(500).end('no')
    const { sluice } = await start(receiver.url)
    await askTimes(sluice, 1)
    expect(await sluice.logged(FAILING)).toMatchObject({ level: 40, reason: 'it answers 500' })
    const before = receiver.requests.length
    await askTimes(sluice, 1)
    await eventually('it is asked again', () => receiver.requests.length > before)
    receiver.answer = undefined
    await askTimes(sluice, 1)
    expect(await sluice.logged(BACK)).toMatchObject({ level: 30, lost: 4 })
    expect(sluice.log.filter(FAILING)).toHaveLength(1)
    expect(sluice.log.filter(BACK)).toHaveLength(1)
    expect(receiver.spans).toHaveLength(2)
  })

  it('that is busy is asked again, and nothing is lost', async () => {
    const receiver = await startReceiver()
    let refused = 0
    receiver.answer = (response) => {
      refused++
      receiver.answer = undefined
      response.writeHead(503, { 'retry-after': '0' }).end()
    }
    const { sluice } = await start(receiver.url)
    await askTimes(sluice, 1)
    await eventually('it has the spans', () => receiver.spans.length === 2)
    expect(refused).toBe(1)
    expect(sluice.log.filter(FAILING)).toEqual([])
  })

  it('that cannot be reached costs no call, and the process ends in time', async () => {
    const { sluice } = await start(`http://127.0.0.1:${await freePort()}`)
    await askTimes(sluice, 3)
    await sluice.close()
    expect(await sluice.logged(FAILING)).toHaveProperty('reason')
  })

  it('that is frozen costs no call, and the process ends in time', async () => {
    const frozen = await startFrozen()
    const { sluice } = await start(frozen.url)
    await askTimes(sluice, 3)
    await eventually('it is asked', () => frozen.seen() > 0)
    await askTimes(sluice, 3)
    // Without a bound of its own, this would take as long as the export: the test would time out before.
    const startedAt = performance.now()
    await sluice.close()
    expect(performance.now() - startedAt).toBeLessThan(9_000)
  })

  it('that answers without end is not listened to', async () => {
    const receiver = await startReceiver()
    receiver.answer = (response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
      receiver.answer = undefined
    }
    const { sluice } = await start(receiver.url)
    await askTimes(sluice, 1)
    await eventually('it is asked', () => receiver.requests.length === 1)
    await askTimes(sluice, 1)
    await eventually('the next batch arrives', () => receiver.spans.length === 2)
    expect(sluice.log.filter(FAILING)).toEqual([])
  })

  it('gets what is left when Sluice is stopped', async () => {
    const receiver = await startReceiver()
    const { sluice } = await start(receiver.url)
    await askTimes(sluice, 20)
    await sluice.close()
    expect(receiver.spans).toHaveLength(40)
  })

  it('gets the headers that are configured, below its address', async () => {
    const receiver = await startReceiver()
    const headers = { authorization: 'Bearer otlp-token-0123456789' }
    const { sluice } = await startHouse({ traces: tracesTo(receiver, { headers }) })
    await askTimes(sluice, 1)
    await sluice.close()
    expect(receiver.requests).toHaveLength(1)
    expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers })
  })

  it('is reached through the proxy', async () => {
    const asked: (string | undefined)[] = []
    const proxy = await listenForTest(
      createHttpServer((request, response) => {
        asked.push(request.url)
        request.resume().once('end', () => response.writeHead(200).end('{}'))
      }),
    )
    const receiver = await startReceiver()
    const upstream = await upstreamForTest()
    const sluice = await sluiceForTest({
      providers: [openaiAt(upstream.url.replace('127.0.0.1', 'localhost'))],
      traces: tracesTo(receiver),
      proxy: { httpProxy: proxy, noProxy: 'localhost' },
    })
    await askTimes(sluice, 1)
    await sluice.close()
    expect(asked).toEqual([`${receiver.url}/v1/traces`])
  })
})

it('nothing piles up while a receiver is frozen', async () => {
  const traces = createTraces({
    options: tracesTo({ url: 'http://127.0.0.1:1' }),
    version: '1',
    describe: () => ({ vendor: 'openai', origin: 'https://api.openai.com' }),
    post: () => new Promise(() => undefined),
    redact: (text) => text,
    log: { error: ignore, warn: ignore, info: ignore, debug: ignore },
  })
  await traces.start()
  const call = {
    requestId: 'req_1',
    route: 'POST /v1/chat/completions',
    protocol: { name: 'openai-chat' },
    caller: { id: 'anonymous' },
    rawHeaders: [],
  } as const
  const heapAfter = (calls: number): number => {
    for (let at = 0; at < calls; at++) {
      const trace = traces.begin(call)
      // Now and then, somebody sends a name of a megabyte.
      const model = at % 100 === 0 ? String(at).padEnd(1_000_000, '-x-') : `model-${at}`
      trace?.asked(model, true)
      const attempt = trace?.attempt({ provider: 'openai', model })
      attempt?.sent(1)
      attempt?.received(200)
      trace?.firstByte()
      trace?.settle(toSettlement({ model, answer: { id: model, model } }))
    }
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const before = heapAfter(1)
  // The queue is full after these. With the long names it would be tens of megabytes.
  const full = heapAfter(5_000)
  expect(full - before).toBeLessThan(16_000_000)
  expect(heapAfter(20_000) - full).toBeLessThan(2_000_000)
})

const ignore = (): void => undefined
