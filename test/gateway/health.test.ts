import { describe, expect, it } from 'vitest'
import { GatewayError } from '#model'
import { demo } from '#providers'
import { createHealth } from '../../src/gateway/health.ts'
import { CHAT } from '../app/asks.ts'
import { openaiAt, startSluice } from '../app/start-sluice.ts'
import { send } from '../app/send.ts'

const unreachable = new GatewayError('upstream_unreachable', 'The upstream could not be reached.')

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

  it('does not suffer from what is the fault of a call', () => {
    const health = createHealth()
    for (let failure = 0; failure < 9; failure++)
      health.failed(provider, new GatewayError('upstream_rejected', 'No such parameter.'))
    expect(health.isUsable(provider)).toBe(true)
  })

  it('comes back by itself, since nobody asks in the meantime', () => {
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
