/** What a reload changes, what it keeps, and what it says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { CHAT, chatBody, GPT, RESPONSES } from '../../tools/app/asks.ts'
import { callsOf, sluiceForTest, startHouse, upstreamForTest } from '../../tools/app/house.ts'
import { openaiAt, type RunningSluice } from '../../tools/app/start-sluice.ts'
import { ADMIN, scrape } from '../../tools/telemetry/scrape.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-reload-'))
afterAll(() => rmSync(folder, { recursive: true }))

const last = ({ log }: RunningSluice) => log.at(-1)

class FileFault extends Error {
  readonly lines = ['sluice.yaml:3: keys: must be a list', 'sluice.yaml:9: presets: must be true']
}

const faulty = (): never => {
  throw new FileFault()
}

describe('a configuration', () => {
  it('with a fault changes nothing, and is one line in the log', async () => {
    const { sluice } = await startHouse({ adminKeys: [ADMIN] })
    const before = sluice.log.length
    await sluice.reload(faulty)
    expect(sluice.log).toHaveLength(before + 1)
    expect(last(sluice)).toMatchObject({
      level: 50,
      faults: ['sluice.yaml:3: keys: must be a list', 'sluice.yaml:9: presets: must be true'],
    })
    expect(String(last(sluice)?.msg)).toContain('sluice.yaml:3: keys: must be a list')
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
    const { sum } = await scrape(sluice)
    expect(sum('sluice_config_refusals_total')).toBe(1)
    expect(sum('sluice_config_generation')).toBe(1)
  })

  it('that can be read, but not be used, changes nothing', async () => {
    const { sluice } = await startHouse()
    const jwt = {
      algorithms: ['RS256'],
      issuer: 'x',
      audience: ['x'],
      verifiedBy: { publicKey: 'no key' },
    } as const
    await sluice.reload({ jwt })
    expect(last(sluice)).toMatchObject({ level: 50 })
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(200)
    const before: Partial<AppOptions> = { presets: false }
    await sluice.reload(Object.assign(before, { jwt: undefined }))
    expect(last(sluice)).toMatchObject({ level: 30, generation: 2 })
  })

  it('that is the same replaces nothing, and says so', async () => {
    const { sluice } = await startHouse()
    await sluice.reload({})
    expect(last(sluice)).toMatchObject({
      generation: 1,
      msg: 'the configuration was loaded, and is the same',
    })
  })

  it('is counted, and is in the audit', async () => {
    const { sluice } = await startHouse({ adminKeys: [ADMIN], rows: { folder } })
    await sluice.reload({ presets: false })
    await sluice.reload(faulty)
    expect(await scrape(sluice)).toSatisfy(
      ({ sum }) =>
        sum('sluice_config_generation') === 2 &&
        Math.abs(sum('sluice_config_loaded_timestamp_seconds') - Date.now() / 1000) < 60,
    )
    const read = () =>
      sluice.send('/admin/audit', { headers: { authorization: `Bearer ${ADMIN}` } })
    await read()
    const { data } = (await read()).json as { data: Record<string, unknown>[] }
    const subjects = new Map(data.map(({ action, subject }) => [action, subject]))
    expect(subjects.get('config.reloaded')).toMatch(/^version .*configuration [0-9a-f]{16}$/)
    expect(subjects.get('config.reloaded')).not.toBe(subjects.get('config.loaded'))
    expect(subjects.get('config.refused')).toBe('sluice.yaml:3: keys: must be a list')
  })

  it('names the settings that need a restart, and applies the others', async () => {
    const { sluice } = await startHouse()
    await sluice.reload({ port: 1, webSocketPort: 2, keepDays: 3, keys: ['key-one'] })
    const warned = sluice.log.filter(({ level }) => level === 40)
    expect(warned).toEqual([
      expect.objectContaining({
        settings: ['server.port', 'server.websocket_port', 'ledger.keep_days'],
        msg: 'needs a restart: server.port, server.websocket_port, ledger.keep_days',
      }),
    ])
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(401)
    // The same file again is nothing new.
    await sluice.reload({})
    expect(sluice.log.filter(({ level }) => level === 40)).toHaveLength(1)
  })

  it('without keys is refused while other machines can reach the process, whatever host it names', async () => {
    const { sluice } = await startHouse({ host: '0.0.0.0', keys: ['key-one'] })
    await sluice.reload({ host: '127.0.0.1', keys: [] })
    expect(String(last(sluice)?.msg)).toContain('callers need a key')
    expect((await sluice.send(CHAT, { body: chatBody() })).status).toBe(401)
  })

  it('that was asked for several times at once is the last one', async () => {
    const { sluice } = await startHouse()
    await Promise.all([
      sluice.reload({ keys: ['key-one'] }),
      sluice.reload({ keys: ['key-two'] }),
      sluice.reload({ keys: ['key-three'] }),
    ])
    const headers = { authorization: 'Bearer key-three' }
    expect((await sluice.send(CHAT, { body: chatBody(), headers })).status).toBe(200)
  })

  it('replaces nothing while the process stops', async () => {
    const { sluice } = await startHouse()
    const stopping = sluice.close()
    expect(await sluice.reload({ presets: false })).toMatchObject({ presets: true })
    await stopping
  })
})

describe('a reload', () => {
  it('changes aliases, sizes, the depth of JSON, pages and who may read the metrics', async () => {
    const { sluice } = await startHouse()
    const body = chatBody('hello', { model: 'mine' })
    const origin = 'https://app.example'
    const look = async () => ({
      alias: (await sluice.send(CHAT, { body })).headers['x-sluice-target'],
      small: (await sluice.send(CHAT, { body: chatBody('x'.repeat(2000)) })).status,
      deep: (await sluice.send(CHAT, { body: chatBody('x', { metadata: [[[[[[1]]]]]] }) })).status,
      page: (await sluice.send('/health', { headers: { origin } })).headers[
        'access-control-allow-origin'
      ],
      metrics: (await sluice.send('/metrics')).status,
    })
    expect((await look()).alias).not.toBe(`openai/${GPT}`)
    await sluice.reload({
      aliases: [{ name: 'mine', targets: [`openai/${GPT}`] }],
      limits: { bodyBytes: 1000, depth: 5, inFlightBytes: 1e8 },
      corsOrigins: [origin],
      publicMetrics: true,
    })
    expect(await look()).toEqual({
      alias: `openai/${GPT}`,
      small: 413,
      deep: 400,
      page: origin,
      metrics: 200,
    })
  })

  it('changes the memory that may be held, and the level of the log', async () => {
    const { sluice } = await startHouse()
    await sluice.reload({
      limits: { bodyBytes: 1e6, depth: 512, inFlightBytes: 100 },
      logLevel: 'warn',
    })
    const lines = sluice.log.length
    const { status } = await sluice.send(CHAT, { body: chatBody('x'.repeat(1000)) })
    expect(status).toBe(503)
    expect(sluice.log).toHaveLength(lines)
  })

  it('can close the WebSockets of Responses to new clients', async () => {
    const { sluice } = await startHouse()
    const client = await openClient(sluice.url, RESPONSES)
    await sluice.reload({ responsesWebSocket: false })
    await expect(openClient(sluice.url, RESPONSES)).rejects.toThrow('426')
    expect(client.socket.readyState).toBe(client.socket.OPEN)
    client.socket.terminate()
  })

  it('keeps what is known of a provider whose entry stays, and forgets it with the entry', async () => {
    const upstream = await upstreamForTest({ reply: () => ({ fault: { status: 500 } }) })
    const good = await upstreamForTest()
    const bad = { ...openaiAt(upstream.url), name: 'bad' }
    const sluice = await sluiceForTest({
      providers: [bad, { ...openaiAt(good.url), name: 'good' }],
      aliases: [{ name: 'pair', targets: [`bad/${GPT}`, `good/${GPT}`] }],
      breaker: { failures: 2, ratio: 1, windowMs: 60_000, restMs: 60_000 },
      retry: { retries: 0, baseMs: 1 },
    })
    const askPair = async () => {
      await sluice.send(CHAT, { body: chatBody('hello', { model: 'pair' }) })
      return callsOf(upstream).length
    }
    await askPair()
    expect(await askPair()).toBe(2)
    expect(await askPair()).toBe(2)
    await sluice.reload({ presets: false })
    expect(await askPair()).toBe(2)
    await sluice.reload({ breaker: { failures: 1, ratio: 1, windowMs: 60_000, restMs: 60_000 } })
    expect(await askPair()).toBe(3)
    expect(await askPair()).toBe(3)
    await sluice.reload({ breaker: false })
    expect(await askPair()).toBe(4)
    await sluice.reload({
      breaker: { failures: 1, ratio: 1, windowMs: 60_000, restMs: 60_000 },
      providers: [
        { ...bad, deadlines: { connectMs: 9_999 } },
        { ...openaiAt(good.url), name: 'good' },
      ],
    })
    expect(await askPair()).toBe(5)
    expect(await askPair()).toBe(5)
  })
})
