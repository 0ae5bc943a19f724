/** Calls that may not pass without Redis are refused in every dialect, and are told when to try again. */
import { describe, expect, it } from 'vitest'
import { chatBody, responsesBody } from '../../tools/app/asks.ts'
import { callsOf } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { DIALECT_CALLS, headers, startLimited } from '../../tools/access/limited.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { isError, openClient, refusedClient } from '../../tools/server/websocket/open-client.ts'

const startWithoutRedis = async () =>
  startLimited(
    { windowRequests: 9, streamingPerMinute: 9 },
    { redisUrl: `redis://127.0.0.1:${await freePort()}`, onStoreFailure: 'refuse' },
  )

const MESSAGE = 'The limits cannot be checked at present. Try again shortly.'

const OPENAI = { message: MESSAGE, type: 'api_error', code: 'store_unavailable', param: null }

const ERRORS = {
  openai: { error: OPENAI },
  anthropic: { type: 'error', error: { type: 'api_error', message: MESSAGE } },
  gemini: {
    error: {
      code: 503,
      status: 'UNAVAILABLE',
      message: MESSAGE,
      details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1s' }],
    },
  },
}

describe('without Redis, and with on_store_failure: refuse', () => {
  it('every call is a 503 in its dialect that says when to try again', async () => {
    const { sluice, upstream } = await startWithoutRedis()
    for (const [name, { path, body, dialect }] of DIALECT_CALLS) {
      const refused = await sluice.send(path, { headers, body })
      expect([name, refused.status, refused.headers['retry-after']]).toEqual([name, 503, '1'])
      expect(refused.json).toMatchObject(ERRORS[dialect])
    }
    expect(callsOf(upstream)).toEqual([])
    const lines = sluice.log.filter(isCall)
    expect(new Set(lines.map(({ outcome }) => outcome))).toEqual(new Set(['store_unavailable']))
  })

  it.each([
    ['/ws', { id: 'a', ...chatBody() }],
    ['/v1/responses', responsesBody()],
  ])('a turn at %s is an error frame that says when to try again', async (path, frame) => {
    const { sluice } = await startWithoutRedis()
    const client = await openClient(sluice.url, path, { headers })
    client.send(frame)
    expect(await client.until('a refusal', isError)).toMatchObject({
      status: 503,
      error: OPENAI,
      retry_after: 1,
    })
    client.socket.close()
  })

  it('a realtime conversation is refused at its upgrade', async () => {
    const { sluice } = await startWithoutRedis()
    const path = '/v1/realtime?model=gpt-realtime'
    const refused = await refusedClient(sluice.url, path, { headers })
    expect(refused).toMatchObject({ status: 503, json: { error: OPENAI } })
    expect(refused.headers['retry-after']).toBe('1')
  })
})
