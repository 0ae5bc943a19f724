/** Streams asked for one after the other on one connection, before the first is answered. */
import { createServer, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { sendAnswer } from '../../../src/server/http/send-answer.ts'
import { type ByteChannel, createByteChannel } from '#streams'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { listenForTest, startHouse } from '../../tools/app/house.ts'
import { openRawClient, type RawClient, toRequest } from '../../tools/app/raw-client.ts'

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy()
})

const openClient = async (url: string): Promise<RawClient> => {
  const client = await openRawClient(url)
  clients.push(client)
  return client
}

/** What is in the chunks of each answer, in the order of the answers. */
const bodiesOf = (received: string): string[] => {
  const bodies: string[] = []
  let rest = received
  while (rest !== '') {
    const headEnd = rest.indexOf('\r\n\r\n')
    expect(rest.slice(0, headEnd)).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    rest = rest.slice(headEnd + 4)
    let body = ''
    for (;;) {
      const size = /^([0-9a-f]+)\r\n/.exec(rest)
      if (!size) throw new Error(`no chunk: ${rest.slice(0, 80)}`)
      const start = size[0].length
      const bytes = Number.parseInt(size[1]!, 16)
      body += rest.slice(start, start + bytes)
      expect(rest.slice(start + bytes, start + bytes + 2)).toBe('\r\n')
      rest = rest.slice(start + bytes + 2)
      if (bytes === 0) break
    }
    bodies.push(body)
  }
  return bodies
}

const textOf = (body: string): string =>
  body
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)))
    .map(({ choices }) => choices[0]?.delta?.content ?? '')
    .join('')

describe('of a running gateway', () => {
  it('arrive complete and in order, however fast each of them is', async () => {
    const { sluice } = await startHouse({
      upstream: {
        reply: ({ lastUserText }) => {
          const text = lastUserText.repeat(2_000)
          const paceMs = { slow: 8, fast: 0, steady: 2 }[lastUserText] ?? 0
          return { parts: [{ text }], pieces: 40, paceMs }
        },
      },
    })
    const client = await openClient(sluice.url)
    const asked = ['slow', 'fast', 'steady', 'slow', 'fast']
    const requests = asked.map((text, at) =>
      toRequest(
        CHAT,
        chatBody(text, { stream: true }),
        at === asked.length - 1 ? ['connection: close'] : [],
      ),
    )
    client.write(Buffer.concat(requests))
    const bodies = bodiesOf(await client.closed)
    expect(bodies.map(textOf)).toEqual(asked.map((text) => text.repeat(2_000)))
    for (const body of bodies) expect(body.endsWith('data: [DONE]\n\n')).toBe(true)
  })

  it('leave the connection open for a further call', async () => {
    const { sluice } = await startHouse({
      upstream: {
        reply: ({ lastUserText }) => ({ parts: [{ text: lastUserText }], pieces: 4, paceMs: 2 }),
      },
    })
    const client = await openClient(sluice.url)
    for (const [count, text] of ['first', 'second', 'third'].entries()) {
      client.write(toRequest(CHAT, chatBody(text, { stream: true })))
      const received = await client.until(new RegExp(`(?:0\\r\\n\\r\\n[^]*){${count + 1}}`))
      expect(textOf(bodiesOf(received).at(-1)!)).toBe(text)
    }
  })
})

describe('what is written of a stream', () => {
  const serve = async (onChannel: (channel: ByteChannel, response: ServerResponse) => void) => {
    const server = createServer({ highWaterMark: 16 * 1024 }, (_, response) => {
      const channel = createByteChannel(() => undefined)
      sendAnswer(response, { status: 200, headers: [], body: channel }, [])
      onChannel(channel, response)
    })
    return openClient(await listenForTest(server))
  }
  const GET = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'

  it('has left by the end of the write, once the head is out', async () => {
    const waiting = Promise.withResolvers<number>()
    const client = await serve((channel, response) => {
      channel.write('head')
      setImmediate(() => {
        channel.write('small')
        waiting.resolve(response.writableLength)
        channel.end()
      })
    })
    client.write(GET)
    expect(await waiting.promise).toBe(0)
    expect(bodiesOf(await client.until('0\r\n\r\n'))).toEqual(['headsmall'])
  })

  it('waits for its turn while an earlier answer is not complete', async () => {
    const channels: ByteChannel[] = []
    const client = await serve((channel) => {
      channels.push(channel)
      if (channels.length < 2) return
      const [first, second] = channels as [ByteChannel, ByteChannel]
      second.write('2a')
      setImmediate(() => {
        second.write('2b')
        first.write('1a')
        setImmediate(() => {
          second.write('2c')
          first.write('1b')
          first.end()
          second.write('2d')
          setImmediate(() => {
            second.write('2e')
            second.end()
          })
        })
      })
    })
    client.write(GET + GET)
    const received = await client.until(/(?:0\r\n\r\n[^]*){2}/)
    expect(bodiesOf(received)).toEqual(['1a1b', '2a2b2c2d2e'])
  })

  it('is followed by a call to go on, where the client was behind', async () => {
    const piece = 'x'.repeat(7_000)
    let pieces = 0
    let waits = 0
    const server = createServer({ highWaterMark: 16 * 1024 }, (_, response) => {
      const writeOn = (): void => {
        while (pieces < 400) {
          pieces++
          if (!channel.write(piece)) return void waits++
        }
        channel.end()
      }
      const channel = createByteChannel(writeOn)
      sendAnswer(response, { status: 200, headers: [], body: channel }, [])
      writeOn()
    })
    const client = await openClient(await listenForTest(server))
    client.write(GET.replace('host', 'connection: close\r\nhost'))
    const [body] = bodiesOf(await client.closed)
    expect(body?.length).toBe(400 * 7_000)
    expect(waits).toBeGreaterThan(0)
  })
})
