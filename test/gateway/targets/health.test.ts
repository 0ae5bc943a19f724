import { describe, expect, it } from 'vitest'
import { type ErrorCode, GatewayError } from '#model'
import { demo } from '#providers'
import { createHealth } from '../../../src/gateway/targets/health.ts'
import { CHAT, chatBody, CLAUDE, GPT } from '../../tools/app/asks.ts'
import { startHouse } from '../../tools/app/house.ts'
import { openaiAt, startSluice } from '../../tools/app/start-sluice.ts'
import { send } from '../../tools/app/send.ts'

const unreachable = new GatewayError('upstream_unreachable', 'The upstream could not be reached.')

const answered = (code: ErrorCode, status: number) =>
  new GatewayError(code, 'No.', { status, upstream: { status, rawHeaders: [], body: '' } })

describe('the health of a provider', () => {
  const provider = demo()

  it('is lost after three failures in a row, and back with one success', () => {
    const health = createHealth()
    for (let failure = 1; failure <= 3; failure++) {
      expect(health.isUsable(provider)).toBe(true)
      health.failed(provider, unreachable)
    }
    expect(health.isUsable(provider)).toBe(false)
    health.succeeded(provider)
    expect(health.isUsable(provider)).toBe(true)
  })

  it('does not change through the fault of a call', () => {
    const health = createHealth()
    for (let failure = 0; failure < 9; failure++)
      health.failed(provider, new GatewayError('upstream_rejected', 'No such parameter.'))
    expect(health.isUsable(provider)).toBe(true)
  })

  it('is not lost while the provider answers in between', () => {
    const health = createHealth()
    for (let round = 0; round < 9; round++) {
      health.failed(provider, unreachable)
      health.failed(provider, answered('upstream_rejected', 422))
    }
    expect(health.isUsable(provider)).toBe(true)
  })

  it('is lost if the key is refused, with any status', () => {
    for (const status of [401, 400]) {
      const health = createHealth()
      for (let failure = 0; failure < 3; failure++)
        health.failed(provider, answered('upstream_denied', status))
      expect(health.isUsable(provider)).toBe(false)
    }
  })

  it('returns by itself, since no probe is sent', () => {
    let now = 0
    const health = createHealth(() => now)
    for (let failure = 0; failure < 3; failure++) health.failed(provider, unreachable)
    now = 31_000
    expect(health.isUsable(provider)).toBe(true)
  })
})

it('readiness is lost while the only provider cannot be reached, and no backend is named', async () => {
  const sluice = await startSluice({ providers: [openaiAt('http://127.0.0.1:1')] })
  const readiness = async () => {
    const { status, json } = await send(sluice.url, '/health/ready')
    return { status, json }
  }
  expect(await readiness()).toEqual({ status: 200, json: { status: 'ok' } })
  // Its two retries make this one call three failures.
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'x' }] }
  expect(await send(sluice.url, CHAT, { body })).toMatchObject({ status: 502 })
  expect(await readiness()).toEqual({ status: 503, json: { status: 'unavailable' } })
  await sluice.close()
})

describe('an instance whose provider answers', () => {
  const isReady = async (status: number, model: string, stream: boolean): Promise<boolean> => {
    const { sluice, upstream } = await startHouse({ retry: { retries: 0, baseMs: 1 } })
    for (let call = 0; call < 4; call++) {
      upstream.next({ fault: { status } })
      await sluice.send(CHAT, { body: chatBody('x', { model, stream }) })
    }
    return (await sluice.send('/health/ready')).status === 200
  }

  it.each([400, 402, 403, 404, 405, 408, 409, 413, 415, 422, 429, 451, 500, 502, 503, 504, 529])(
    'stays ready when it refuses one caller’s requests with %i',
    async (status) => {
      expect(await isReady(status, GPT, true)).toBe(true)
      expect(await isReady(status, CLAUDE, false)).toBe(true)
    },
  )

  it('stays ready when streams begin with a refusal', async () => {
    const { sluice, upstream } = await startHouse({ retry: { retries: 0, baseMs: 1 } })
    for (let call = 0; call < 4; call++) {
      upstream.next({ fault: { errorAfterEvents: 0, type: 'permission_error' } })
      await sluice.send(CHAT, { body: chatBody('x', { model: CLAUDE, stream: true }) })
    }
    expect((await sluice.send('/health/ready')).status).toBe(200)
  })
})

it('an instance whose keys are refused is not ready, and is again with the first answer', async () => {
  const { sluice, upstream } = await startHouse()
  for (const model of [GPT, CLAUDE])
    for (let call = 0; call < 3; call++) {
      upstream.next({ fault: { status: 401 } })
      await sluice.send(CHAT, { body: chatBody('x', { model }) })
    }
  expect((await sluice.send('/health/ready')).status).toBe(503)
  await sluice.send(CHAT, { body: chatBody('x', { model: GPT }) })
  expect((await sluice.send('/health/ready')).status).toBe(200)
})
