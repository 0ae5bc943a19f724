/** Secrets that are planted wherever a call or an upstream can put them are in nothing that Sluice writes. */
import { asks } from '../../tools/server/tenancy/every-lane.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createApp } from '#app'
import { CHAT, chatBody, RESPONSES, responsesBody } from '../../tools/app/asks.ts'
import type { Received } from '../../tools/app/send.ts'
import { sluiceForTest, startHouse } from '../../tools/app/house.ts'
import { startRealtime } from '../../tools/server/websocket/start-realtime.ts'
import { openClient } from '../../tools/server/websocket/open-client.ts'
import { hs256, SECRET, signWithSecret } from '../../tools/access/tokens.ts'
import { bytesBelow, findPlanted, spell } from '../../tools/server/tenancy/planted.ts'
import { isCall, openaiAt } from '../../tools/app/start-sluice.ts'
import { eventually } from '../../tools/app/within.ts'

const CALLER = 'caller/key+one=secret'
const OTHER = 'caller/key+two=secret'
const ADMIN = 'admin/key+three=secret'
const UPSTREAM = 'upstream/key+four=secret'
/** Keys of other houses, as a client may send them by mistake. */
const WRONG = [
  `sk-ant-api03-${'w'.repeat(40)}`,
  `AIza${'w'.repeat(35)}`,
  `sk-proj-${'w'.repeat(40)}`,
]

const OURS = [CALLER, OTHER, ADMIN, UPSTREAM, SECRET]

const toFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-planted-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const start = async () => {
  const folder = toFolder()
  const house = await startHouse({
    logLevel: 'trace',
    keys: [{ key: CALLER, name: 'one', owner: 'team' }, OTHER],
    adminKeys: [ADMIN],
    jwt: hs256,
    rows: { folder },
    retry: { retries: 0, baseMs: 1 },
    upstream: { keys: { openai: UPSTREAM, anthropic: UPSTREAM } },
    openai: { apiKey: UPSTREAM },
    anthropic: { apiKey: UPSTREAM },
  })
  return { ...house, folder }
}

type Started = Awaited<ReturnType<typeof start>>

/** The log, the database, and what the administrator is shown. */
const writtenBy = async ({ sluice, folder }: Started): Promise<string> => {
  const shown = []
  for (const by of ['day', 'model', 'key', 'owner'])
    shown.push(
      (await sluice.send(`/admin/usage?by=${by}`, { headers: { 'x-api-key': ADMIN } })).text,
    )
  for (const path of ['/admin', '/admin/audit?limit=1000', '/metrics', '/health'])
    shown.push((await sluice.send(path, { headers: { 'x-api-key': ADMIN } })).text)
  await sluice.close()
  return [sluice.rawLog(), bytesBelow(folder), ...shown].join('\n')
}

const AS = { authorization: `Bearer ${CALLER}` }

describe('keys', () => {
  it('right and wrong, are in nothing that is written', async () => {
    const house = await start()
    const { sluice } = house
    const token = await signWithSecret({ sub: 'ann' })
    const strange = await signWithSecret({ sub: 'ann' }, { secret: 'y'.repeat(40) })
    const all = [...OURS, ...WRONG, token, strange]
    for (const secret of all) {
      const others = all.filter((each) => each !== secret)
      const expectOnlyItsOwn = ({ text, headers }: Received) =>
        expect(findPlanted(text + JSON.stringify(headers), others)).toEqual([])
      for (const headers of [
        { authorization: `Bearer ${secret}` },
        { 'x-api-key': secret },
        { 'x-goog-api-key': secret },
        { authorization: `Basic ${Buffer.from(`x:${secret}`).toString('base64')}` },
        { ...AS, 'x-user-id': secret.slice(0, 128) },
        { ...AS, 'x-sluice-tags': secret.slice(0, 120) },
        { ...AS, 'x-request-id': secret, traceparent: secret, 'user-agent': secret },
      ]) {
        // As a client that takes one field for another.
        const body = chatBody('hello', { model: secret })
        expectOnlyItsOwn(await sluice.send(CHAT, { body, headers }))
        for (const path of [
          `/v1/models/${encodeURIComponent(secret)}`,
          `/v1/usage?by=${encodeURIComponent(secret)}`,
          `/admin/${encodeURIComponent(secret)}`,
          `/v1/responses/${encodeURIComponent(secret)}`,
        ])
          expectOnlyItsOwn(await sluice.send(path, { headers }))
      }
    }
    const written = await writtenBy(house)
    expect(written).toContain('"msg":"call"')
    expect(findPlanted(written, [...all, token.split('.')[2] ?? ''])).toEqual([])
  })

  it('are not in the log after a crash', async () => {
    let log = ''
    const app = createApp({
      host: '127.0.0.1',
      port: 0,
      keys: [CALLER],
      adminKeys: [ADMIN],
      corsOrigins: [],
      logLevel: 'trace',
      providers: [{ name: 'openai', vendor: 'openai', apiKey: UPSTREAM }],
      aliases: [],
      presets: true,
      limits: { bodyBytes: 1024, inFlightBytes: 1024, depth: 8 },
      retry: { retries: 0, baseMs: 1 },
      openAfterMs: 1000,
      drainMs: 10,
      proxy: {
        httpsProxy: 'http://user:proxy%2Fpass+word@127.0.0.1:1',
        httpProxy: 'user:plain-password@127.0.0.1:1',
      },
      redisUrl: 'redis://:redis%2Fpass+word@127.0.0.1:1',
      rows: {
        folder: '/nowhere',
        databaseUrl: 'postgres://u:rows%2Fpass+word@127.0.0.1:1/x?sslpassword=query%2Fpass',
      },
      logSink: { write: (line) => (log += line), flush: () => undefined },
    })
    const secrets = [
      CALLER,
      ADMIN,
      UPSTREAM,
      'proxy/pass+word',
      'proxy%2Fpass+word',
      'plain-password',
      'redis/pass+word',
      'rows/pass+word',
      'query/pass',
    ]
    for (const secret of secrets)
      for (const spelling of spell(secret)) {
        const cause = Object.assign(new Error(`inner ${spelling}`), { config: { url: spelling } })
        app.reportCrash(
          Object.assign(new Error(`outer ${spelling}`, { cause }), { headers: [spelling] }),
        )
        app.reportCrash(spelling)
      }
    await app.drain()
    expect(log).toContain('crashed')
    expect(findPlanted(log, secrets)).toEqual([])
  })
})

describe('keys in the failures of an upstream', () => {
  const errorOf = (spelling: string): string =>
    `{"type":"error","error":{"type":"${spelling}","message":"No: ${spelling}.","param":"${spelling}","code":"${spelling}"}}`

  it.each(spell(UPSTREAM).map((spelling) => [spelling] as const))(
    'are in nothing that is written, and in no answer: %s',
    async (spelling) => {
      const house = await start()
      const { sluice, upstream } = house
      const answers: string[] = []
      const inHeader = spelling.startsWith('\\u') ? UPSTREAM : spelling
      const faults = [
        ...[400, 401, 403, 404, 429, 500, 529].map((status) => ({
          headers: { 'x-request-id': inHeader, 'x-debug': `Bearer ${inHeader}` },
          fault: { status, body: errorOf(spelling) },
        })),
        { fault: { rawBytes: [Buffer.from(`event: error\ndata: ${errorOf(spelling)}\n\n`)] } },
        { fault: { rawBytes: [Buffer.from(`data: ${errorOf(spelling).slice(0, -9)}`)] } },
        { fault: { rawBytes: [Buffer.from(errorOf(spelling))], contentType: 'application/json' } },
      ]
      for (const fault of faults)
        for (const [path, body] of asks('hello')) {
          upstream.next(fault)
          const answer = await sluice.send(path, { body, headers: AS })
          answers.push(answer.text, JSON.stringify(answer.headers))
        }
      const client = await openClient(sluice.url, '/ws', { headers: AS })
      for (const fault of faults) {
        upstream.next(fault)
        const seen = client.frames.length
        client.send({ ...chatBody(), stream: true })
        await eventually('a frame', () => client.frames.length > seen)
      }
      const other = await openClient(sluice.url, RESPONSES, { headers: AS })
      for (const fault of faults) {
        upstream.next(fault)
        const seen = other.frames.length
        other.send({ type: 'response.create', ...responsesBody() })
        await eventually('a frame', () => other.frames.length > seen)
      }
      answers.push(JSON.stringify([client.frames, other.frames]))
      client.socket.terminate()
      other.socket.terminate()
      const calls = faults.length * asks('').length
      await eventually('the calls are logged', () => sluice.log.filter(isCall).length >= calls)
      expect(findPlanted(await writtenBy(house), OURS)).toEqual([])
      expect(answers.filter((each) => findPlanted(each, OURS).length > 0)).toEqual([])
    },
  )

  it('are in no line and no row of a realtime conversation', async () => {
    const folder = toFolder()
    const upstream = await startRealtime({ headers: [`x-request-id: ${UPSTREAM}`] })
    const sluice = await sluiceForTest({
      logLevel: 'trace',
      keys: [CALLER],
      rows: { folder },
      providers: [{ ...openaiAt(upstream.url), apiKey: UPSTREAM }],
    })
    const client = await openClient(sluice.url, '/v1/realtime?model=gpt-realtime', { headers: AS })
    client.send({ type: 'session.update', session: { instructions: UPSTREAM, tools: [CALLER] } })
    for (const spelling of spell(UPSTREAM)) upstream.sockets[0]?.send(errorOf(spelling))
    await client.until('an error', ({ error }) => error !== undefined)
    upstream.sockets[0]?.close(4000, UPSTREAM)
    await client.closed
    await sluice.logged(isCall)
    await sluice.close()
    const written = sluice.rawLog() + bytesBelow(folder)
    expect(written).toContain('WS /v1/realtime')
    expect(findPlanted(written, OURS)).toEqual([])
  })
})
