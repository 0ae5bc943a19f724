/** What Sluice sends as traces, read by OpenTelemetry's own messages, and by the receiver of its Collector. */
import { beforeAll, describe, expect, it } from 'vitest'
import {
  CHAT,
  chatBody,
  CLAUDE,
  GPT,
  MESSAGES,
  messagesBody,
  RESPONSES,
  responsesBody,
} from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { eventually } from '../../tools/app/within.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { withServers } from '../../tools/servers/with-servers.ts'
import {
  buildCollector,
  canBuildCollector,
  startCollector,
} from '../../tools/telemetry/collector.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'
import { parseOtlpWithPython } from '../../tools/telemetry/python-otlp.ts'

const KINDS = { internal: 1, server: 2, client: 3 } as const

/** A busy machine may be slow. */
const BUILD_MS = 900_000

/** Calls of every kind, and one that fails in each way. */
const callAll = async ({ sluice, upstream }: Awaited<ReturnType<typeof startHouse>>) => {
  const headers = {
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    tracestate: 'vendor=a',
  }
  await sluice.send(CHAT, { body: chatBody('Grüße "x" \u0001 😀'), headers })
  await sluice.send(CHAT, { body: chatBody('x', { stream: true }) })
  await sluice.send(MESSAGES, { body: messagesBody('x', { model: GPT, stream: true }) })
  await sluice.send(RESPONSES, { body: responsesBody('x', { model: CLAUDE }) })
  await sluice.send(CHAT, { body: chatBody('x', { model: 'demo/demo' }) })
  await sluice.send('/v1/embeddings', { body: { model: 'text-embedding-3-small', input: 'x' } })
  await sluice.send(`${MESSAGES}/count_tokens`, { body: messagesBody() })
  await sluice.send(CHAT, { body: { messages: [] } })
  upstream.next({ fault: { status: 503 } }, { parts: [{ text: 'x' }] })
  await sluice.send(CHAT, { body: chatBody('x', { model: 'fast' }) })
  upstream.next({ parts: [{ text: 'one two three' }], fault: { cutAfterEvents: 3 } })
  await sluice.send(MESSAGES, { body: messagesBody('x', { stream: true }) })
  const client = await openClient(sluice.url, '/ws')
  client.send({ id: '1', ...chatBody('x') })
  await client.until('it ends', ({ type }) => type === 'done')
  client.socket.close()
  return 11
}

const start = (receiver: { readonly url: string }) =>
  startHouse({
    traces: tracesTo(receiver, { content: true, resource: { team: 'Grüße' } }),
    aliases: [{ name: 'fast', targets: [`openai/${GPT}`, `anthropic/${CLAUDE}`] }],
    demo: { paceMs: 0 },
  })

it.runIf(withServers)('spans are valid, and say the same to every reader', async () => {
  const receiver = await startReceiver()
  const house = await start(receiver)
  await receiver.callsOf(house.sluice, await callAll(house))
  const read = parseOtlpWithPython(receiver.bodies)
  expect(read).toHaveLength(receiver.spans.length)
  for (const span of receiver.spans) {
    const same = read.find(({ spanId }) => spanId === span.spanId)
    expect(same).toEqual({
      traceId: span.traceId,
      spanId: span.spanId,
      parentSpanId: span.parentSpanId ?? '',
      traceState: span.traceState ?? '',
      name: span.name,
      kind: KINDS[span.kind],
      status: span.failed ? 2 : 0,
      durationMs: expect.closeTo(span.durationMs, 3) as number,
      events: span.events,
      attributes: span.attributes,
      resource: span.resource,
    })
  }
})

describe.runIf(withServers && (await canBuildCollector()))(
  'the receiver of the OpenTelemetry Collector',
  () => {
    beforeAll(buildCollector, BUILD_MS)

    it('takes all spans', async () => {
      const collector = await startCollector()
      const house = await start(collector)
      const calls = await callAll(house)
      await house.sluice.close()
      await eventually('it has them', () => collector.requests.length > 0)
      const spans = parseOtlpWithPython(collector.requests)
      expect(spans.filter(({ kind }) => kind === KINDS.server)).toHaveLength(calls)
      expect(spans.filter(({ kind }) => kind === KINDS.client).length).toBeGreaterThanOrEqual(calls)
      expect(spans).toContainEqual(
        expect.objectContaining({
          name: `chat ${GPT}`,
          traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
          parentSpanId: '00f067aa0ba902b7',
          traceState: 'vendor=a',
        }),
      )
      expect(house.sluice.log.filter(({ msg }) => msg === 'traces cannot be sent')).toEqual([])
    })
  },
)
