/** Backpressure of the transport, against servers that follow a script. */
import { describe, expect, it } from 'vitest'
import { aWhile, begin, transportForTest, until } from '../tools/transport/call.ts'
import { nextReadBuffer } from '../../src/transport/read-buffers.ts'
import { flood, ok } from '../tools/transport/plain-answers.ts'
import { always, scriptedServer } from '../tools/transport/scripted-server.ts'

const standstill = async (sent: { bytes: number }): Promise<number> => {
  let before = -1
  while (before !== sent.bytes) {
    before = sent.bytes
    await aWhile()
    await aWhile()
  }
  return before
}

describe('pause', () => {
  const TOTAL = 64 * 1024 * 1024

  it('stops the sender, and resume lets everything through', async () => {
    const sent = { bytes: 0 }
    const server = await scriptedServer(flood(TOTAL, sent))
    const running = begin(transportForTest(), { origin: server.origin })
    await running.firstData
    running.pause()
    const held = await standstill(sent)
    expect(held).toBeLessThan(TOTAL / 3)
    const { reads } = running.outcome
    await aWhile()
    expect(running.outcome.reads).toBe(reads)
    running.resume()
    const outcome = await running.done
    expect(outcome.ended).toBe(true)
    expect(outcome.body.length).toBe(TOTAL)
  })

  it('before the connection is open also pauses the answer', async () => {
    const sent = { bytes: 0 }
    const server = await scriptedServer(flood(TOTAL, sent))
    const running = begin(transportForTest(), { origin: server.origin })
    running.pause()
    expect(await standstill(sent)).toBeLessThan(TOTAL / 3)
    expect(running.outcome).toMatchObject({ status: undefined, reads: 0 })
    running.resume()
    expect((await running.done).body.length).toBe(TOTAL)
  })

  it('from within onData, with resume later, loses nothing', async () => {
    const server = await scriptedServer(flood(3_000_000, { bytes: 0 }))
    let length = 0
    await new Promise<void>((resolve, reject) => {
      const exchange = transportForTest().send(
        { origin: server.origin, method: 'POST', path: '/', headers: [] },
        {
          onResponse: () => {},
          onData: (bytes) => {
            length += bytes.length
            exchange.pause()
            setImmediate(() => exchange.resume())
          },
          onEnd: resolve,
          onError: reject,
        },
      )
    })
    expect(length).toBe(3_000_000)
  })

  it('that outlasts its exchange does not stop the next on the connection', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest()
    let exchange = begin(transport, { origin: server.origin })
    await exchange.answered
    exchange.pause()
    await exchange.done
    exchange = begin(transport, { origin: server.origin })
    expect(await exchange.done).toMatchObject({ body: 'x' })
    expect(server.peers).toHaveLength(1)
  })

  it('in the read that ends an answer leaves the connection able to read', async () => {
    const server = await scriptedServer(always(ok('x')))
    const transport = transportForTest()
    for (let turn = 0; turn < 3; turn++)
      await new Promise<void>((resolve, reject) => {
        const exchange = transport.send(
          { origin: server.origin, method: 'POST', path: '/', headers: [] },
          {
            onResponse: () => exchange.pause(),
            onData: () => {},
            onEnd: resolve,
            onError: reject,
          },
        )
      })
    expect(server.peers).toHaveLength(1)
    server.peers[0]?.socket.end()
    await until(() => transport.openConnections() === 0)
  })
})

describe('reads', () => {
  it('are small while many exchanges are paused, however these end', async () => {
    const usual = nextReadBuffer().length
    const sent = { bytes: 0 }
    const server = await scriptedServer(flood(16 * 1024 * 1024, sent))
    const many = (length: number) => {
      const transport = transportForTest()
      return Array.from({ length }, () => begin(transport, { origin: server.origin }))
    }
    const running = many(16)
    for (const each of running) {
      await each.firstData
      each.pause()
      each.pause()
    }
    expect(nextReadBuffer().length).toBeLessThan(usual)
    running[0]?.resume()
    expect(nextReadBuffer()).toHaveLength(usual)
    running[0]?.pause()
    expect(nextReadBuffer().length).toBeLessThan(usual)
    for (const each of running.slice(0, 8)) each.abort()
    for (const each of running.slice(8)) each.resume()
    await Promise.all(running.slice(8).map(({ done }) => done))
    expect(nextReadBuffer()).toHaveLength(usual)
    // None of them is counted any more: 15 others are not many.
    const others = many(15)
    for (const each of others) {
      await each.firstData
      each.pause()
    }
    expect(nextReadBuffer()).toHaveLength(usual)
    for (const each of others) each.abort()
  })
})
