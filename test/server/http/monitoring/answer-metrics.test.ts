/** Who may read /metrics, and in which format. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../../tools/app/asks.ts'
import { startHouse } from '../../../tools/app/house.ts'
import { checkChatError } from '../../../tools/checkers/index.ts'
import { ADMIN, parseText, readMetrics, scrape } from '../../../tools/telemetry/scrape.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
/** What Prometheus 2 and 3 send. */
const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'
const PROMETHEUS_TEXT_FIRST = 'text/plain;version=0.0.4;q=0.5,application/openmetrics-text;q=0.4'

const KEYS = ['sk-plain']

const start = (options: Parameters<typeof startHouse>[0] = {}) =>
  startHouse({ keys: KEYS, adminKeys: [ADMIN], ...options })

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } })

describe('/metrics', () => {
  it('is open to an admin key', async () => {
    const { sluice, upstream } = await start()
    const { status, headers } = await readMetrics(sluice)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(TEXT)
    expect(headers['x-request-id']).toMatch(/^req_/)
    expect(upstream.calls).toEqual([])
  })

  it.each([
    ['no key', {}, 401],
    ['a wrong key', bearer('wrong'), 401],
    ['the key of a caller', bearer('sk-plain'), 403],
  ])('is closed to %s', async (_, sending, status) => {
    const { sluice } = await start()
    const refused = await sluice.send('/metrics', sending)
    expect(refused.status).toBe(status)
    expect(checkChatError(refused.json)).toEqual([])
    expect(refused.text).not.toContain('sluice_')
  })

  it('is closed to everybody without an admin key', async () => {
    const { sluice } = await start({ adminKeys: [] })
    const { status, text } = await sluice.send('/metrics', bearer('sk-plain'))
    expect(status).toBe(403)
    expect(text).toContain('SLUICE_ADMIN_KEY')
  })

  it('is closed on loopback without keys, too', async () => {
    const { sluice } = await startHouse()
    expect((await sluice.send('/metrics')).status).toBe(403)
  })

  it('is open to everybody if it is public, with any key or none', async () => {
    const { sluice } = await start({ adminKeys: [], publicMetrics: true })
    for (const sending of [{}, bearer('wrong'), bearer('sk-plain')]) {
      const { status, text } = await sluice.send('/metrics', sending)
      expect(status).toBe(200)
      expect(text).toContain('# TYPE sluice_calls_total counter')
    }
  })

  it('answers HEAD with the headers alone', async () => {
    const { sluice } = await start()
    const { status, headers, text } = await sluice.send('/metrics', {
      method: 'HEAD',
      ...bearer(ADMIN),
    })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(TEXT)
    expect(Number(headers['content-length'])).toBeGreaterThan(1000)
    expect(text).toBe('')
  })

  it.each(['POST', 'PUT', 'DELETE'])('does not take %s', async (method) => {
    const { sluice } = await start()
    const { status, headers } = await sluice.send('/metrics', { method, ...bearer(ADMIN) })
    expect(status).toBe(405)
    expect(headers.allow).toBe('GET, HEAD')
  })
})

describe('the format', () => {
  it.each([
    ['nothing', undefined, TEXT],
    ['anything', '*/*', TEXT],
    ['text', 'text/plain', TEXT],
    ['HTML, as a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', TEXT],
    ['JSON', 'application/json', TEXT],
    ['OpenMetrics', 'application/openmetrics-text', OPEN_METRICS],
    ['OpenMetrics 1.0.0', 'application/openmetrics-text; version=1.0.0', OPEN_METRICS],
    ['OpenMetrics in capitals', 'Application/OpenMetrics-Text; Version=1.0.0', OPEN_METRICS],
    ['OpenMetrics of another version', 'application/openmetrics-text; version=2.0.0', TEXT],
    ['OpenMetrics not at all', 'application/openmetrics-text;q=0', TEXT],
    ['what Prometheus 2 asks for', PROMETHEUS_2, OPEN_METRICS],
    ['what Prometheus 3 asks for', PROMETHEUS_3, OPEN_METRICS],
    ['text rather than OpenMetrics', PROMETHEUS_TEXT_FIRST, TEXT],
    ['nonsense', ';;q=x,,=,\t;q=9', TEXT],
  ])('is the one that is asked for: %s', async (_, accept, contentType) => {
    const { sluice } = await start()
    const { status, headers, text } = await readMetrics(
      sluice,
      accept === undefined ? {} : { accept },
    )
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(contentType)
    expect(text.endsWith('# EOF\n')).toBe(contentType === OPEN_METRICS)
  })

  it('has the same numbers in both, one after the other', async () => {
    const { sluice } = await start()
    await sluice.send(CHAT, { body: chatBody(), ...bearer('sk-plain') })
    const linesOf = (text: string): string[] =>
      text.split('\n').filter((line) => /^sluice_(?!memory|calls_in|streams)/.test(line))
    const accept = { accept: OPEN_METRICS }
    const first = (await readMetrics(sluice, accept)).text
    const text = (await readMetrics(sluice)).text
    const last = (await readMetrics(sluice, accept)).text
    expect(linesOf(text).length).toBeGreaterThan(50)
    expect(linesOf(first)).toEqual(linesOf(text))
    expect(linesOf(last)).toEqual(linesOf(text))
    expect(first).toContain('# TYPE sluice_calls counter')
    expect(text).toContain('# TYPE sluice_calls_total counter')
    expect(text).toContain('# TYPE process_cpu_seconds_total counter')
    expect(last).toContain('# TYPE process_cpu_seconds counter')
  })

  it('is whole for whoever reads it while calls go on', async () => {
    const { sluice } = await start()
    const calls = Array.from({ length: 20 }, () =>
      sluice.send(CHAT, { body: chatBody(), ...bearer('sk-plain') }),
    )
    const pages = await Promise.all(Array.from({ length: 10 }, () => readMetrics(sluice)))
    for (const { text } of pages) expect(parseText(text).series.length).toBeGreaterThan(50)
    await Promise.all(calls)
    expect((await scrape(sluice)).sum('sluice_calls_total')).toBe(20)
  })
})
