/** The same legal answers, read by this transport, by node:http and by undici, mean the same. */
import { request as httpRequest } from 'node:http'
import * as fc from 'fast-check'
import { Client } from 'undici'
import { describe, expect, it } from 'vitest'
import { call, transportForTest } from '../../tools/transport/call.ts'
import { legalResponse } from '../../tools/transport/legal-response.ts'
import { scriptedServer } from '../../tools/transport/scripted-server.ts'

interface Heard {
  readonly status: number | undefined
  readonly rawHeaders: readonly string[]
  readonly body: string
}

const latin1 = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString('latin1')

const byNodeHttp = (origin: string): Promise<Heard> =>
  new Promise((resolve, reject) => {
    const request = httpRequest(origin, { method: 'POST', agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (bytes: Buffer) => parts.push(bytes))
      response.on('error', reject)
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          rawHeaders: response.rawHeaders,
          body: latin1(parts),
        }),
      )
    })
    request.on('error', reject)
    request.end()
  })

const byUndici = async (origin: string): Promise<Heard> => {
  const client = new Client(origin)
  const { statusCode, headers, body } = await client.request({
    method: 'POST',
    path: '/',
    responseHeaders: 'raw',
  })
  const heard = Buffer.from(await body.arrayBuffer()).toString('latin1')
  await client.destroy()
  // Raw, undici leaves the blanks that follow a value.
  const rawHeaders = Object.values(headers).map((text) => String(text).trimEnd())
  return { status: statusCode, rawHeaders, body: heard }
}

const OTHERS = [
  { name: 'node:http', hear: byNodeHttp, answers: legalResponse() },
  // A 100 that it did not ask for, undici refuses.
  {
    name: 'undici',
    hear: byUndici,
    answers: legalResponse({
      interim: fc.constantFrom('', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
    }),
  },
]

describe('a legal answer', () => {
  it.each(OTHERS)('is understood as $name understands it', async ({ hear, answers }) => {
    let wire = ''
    let closes = false
    const server = await scriptedServer(async (peer) => {
      await peer.request()
      peer.say(wire)
      if (closes) peer.socket.end()
    })
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        wire = answer.wire
        closes = answer.delimitedBy === 'close'
        const transport = transportForTest()
        const { status, rawHeaders, body } = await call(transport, { origin: server.origin })
        await transport.close()
        expect(await hear(server.origin)).toEqual({ status, rawHeaders, body })
      }),
      { numRuns: 150 },
    )
  })
})
