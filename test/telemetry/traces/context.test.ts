/** The place of a call in a trace (W3C Trace Context): from its client, and on to its upstream. */
import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, CLAUDE } from '../../tools/app/asks.ts'
import { callsOf, startHouse } from '../../tools/app/house.ts'
import { openRawClient, toRequest } from '../../tools/app/raw-client.ts'
import { startReceiver, tracesTo } from '../../tools/telemetry/otlp-receiver.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const PARENT = `00-${TRACE}-${SPAN}-01`

const start = async (traces: Partial<NonNullable<AppOptions['traces']>> = {}) => {
  const receiver = await startReceiver()
  return { receiver, ...(await startHouse({ traces: tracesTo(receiver, traces) })) }
}

const LANES = [
  ['relayed', chatBody()],
  ['relayed as a stream', chatBody('x', { stream: true })],
  ['translated', chatBody('x', { model: CLAUDE })],
] as const

describe.each(LANES)('a call that is %s', (_, body) => {
  it('continues the trace of its client, and its upstream that of the attempt', async () => {
    const { receiver, upstream, sluice } = await start()
    const headers = { traceparent: PARENT, tracestate: 'vendor=a,other=b', baggage: 'user=ann' }
    await sluice.send(CHAT, { body, headers })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call).toMatchObject({ traceId: TRACE, parentSpanId: SPAN })
    expect(attempt).toMatchObject({ traceId: TRACE, parentSpanId: call?.spanId })
    const [asked] = callsOf(upstream)
    expect(asked?.headers).toMatchObject({
      traceparent: `00-${TRACE}-${attempt?.spanId}-01`,
      tracestate: 'vendor=a,other=b',
    })
    expect(asked?.headers).not.toHaveProperty('baggage')
    expect(asked?.rawHeaders.filter((name) => name.toLowerCase() === 'traceparent')).toHaveLength(1)
  })

  it('begins a trace if its client has none', async () => {
    const { receiver, upstream, sluice } = await start()
    await sluice.send(CHAT, { body })
    const [[call, attempt] = []] = await receiver.callsOf(sluice)
    expect(call?.parentSpanId).toBeUndefined()
    expect(callsOf(upstream)[0]?.headers.traceparent).toBe(
      `00-${call?.traceId}-${attempt?.spanId}-01`,
    )
  })

  it('is not recorded if its client does not record it, and passes that on', async () => {
    const { receiver, upstream, sluice } = await start()
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00` }
    await sluice.send(CHAT, { body, headers })
    await sluice.send(CHAT, { body })
    await receiver.callsOf(sluice)
    expect(receiver.spans.filter(({ traceId }) => traceId === TRACE)).toEqual([])
    const passed = callsOf(upstream)[0]?.headers.traceparent
    expect(passed).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`))
    expect(passed).not.toContain(SPAN)
  })
})

describe('a traceparent', () => {
  it.each([
    ['of no known form', 'nonsense'],
    ['of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['without a span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['in capitals', PARENT.toUpperCase()],
    ['of the version that does not exist', `ff-${TRACE}-${SPAN}-01`],
    ['with more than its version has', `${PARENT}-extra`],
    ['that is cut', PARENT.slice(0, -1)],
  ])('%s is ignored: a new trace begins', async (_, traceparent) => {
    const { receiver, upstream, sluice } = await start()
    await sluice.send(CHAT, { body: chatBody(), headers: { traceparent, tracestate: 'a=b' } })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.traceId).not.toBe(TRACE)
    expect(call?.parentSpanId).toBeUndefined()
    const headers = callsOf(upstream)[0]?.headers
    expect(headers?.traceparent).toContain(call?.traceId)
    expect(headers).not.toHaveProperty('tracestate')
  })

  it('of a later version is understood', async () => {
    const { receiver, sluice } = await start()
    const traceparent = `cc-${TRACE}-${SPAN}-01-what-the-future-brings`
    await sluice.send(CHAT, { body: chatBody(), headers: { traceparent } })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.traceId).toBe(TRACE)
  })

  it('that is there twice is ignored', async () => {
    const { receiver, sluice } = await start()
    const client = await openRawClient(sluice.url)
    client.write(toRequest(CHAT, chatBody(), [`traceparent: ${PARENT}`, `traceparent: ${PARENT}`]))
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.traceId).not.toBe(TRACE)
  })
})

describe('a sampler', () => {
  it.each([
    ['always_off', 1, 0],
    ['traceidratio', 0, 0],
    ['parentbased_traceidratio', 0, 0],
    ['always_on', 0, 3],
    ['traceidratio', 1, 3],
  ] as const)(
    '%s with the ratio %f records %i of three calls',
    async (sampler, ratio, recorded) => {
      const { receiver, upstream, sluice } = await start({ sampler, ratio })
      for (let call = 0; call < 3; call++) await sluice.send(CHAT, { body: chatBody() })
      await sluice.close()
      expect(receiver.spans.filter(({ kind }) => kind === 'server')).toHaveLength(recorded)
      for (const { headers } of callsOf(upstream))
        expect(headers.traceparent).toMatch(recorded > 0 ? /-01$/ : /-00$/)
    },
  )

  it('that does not look at the parent records what the client does not', async () => {
    const { receiver, sluice } = await start({ sampler: 'always_on' })
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00` }
    await sluice.send(CHAT, { body: chatBody(), headers })
    const [[call] = []] = await receiver.callsOf(sluice)
    expect(call?.traceId).toBe(TRACE)
  })
})

it('without traces a relayed call has the headers of its client', async () => {
  const { upstream, sluice } = await startHouse()
  const headers = { traceparent: PARENT, tracestate: 'a=b', baggage: 'user=ann' }
  await sluice.send(CHAT, { body: chatBody(), headers })
  expect(callsOf(upstream)[0]?.headers).toMatchObject(headers)
})
