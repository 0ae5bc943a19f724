/** `sluice serve --workers`: several processes that look like one. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { closeLater, upstreamForTest } from '../../tools/app/house.ts'
import { toDefaults, writeFile } from '../../tools/cli/serve.ts'
import { startSluice } from '../../tools/cli/start.ts'
import { freePort } from '../../tools/servers/free-port.ts'
import { ADMIN } from '../../tools/telemetry/scrape.ts'
import { isAlive, startCrew } from '../../tools/workers/crew.ts'
import { ask } from '../../tools/workers/own-connection.ts'

const PATIENT = { timeout: 30_000, interval: 100 }

/** A stream that lasts for two seconds. */
const LONG = chatBody('[[pieces 20]][[pace 100]][[say one two three four five six seven]]', {
  stream: true,
})

const isComplete = (text: string): boolean => text.trimEnd().endsWith('data: [DONE]')

describe('two workers', { timeout: 60_000 }, () => {
  it('are one server: one banner, one log, one audit, and metrics of both', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    expect(crew.written.stderr.match(/listens on/g)).toHaveLength(1)
    await expect.poll(() => crew.lines('listening'), PATIENT).toMatchObject([{ workers: 2 }])
    expect(crew.workerPids()).toHaveLength(2)

    for (let at = 0; at < 6; at++) {
      const { status, text } = await ask(`${crew.url}${CHAT}`, { body: chatBody() })
      await text
      expect(status).toBe(200)
    }
    const read = await crew.metrics()
    expect(read.sum('sluice_calls_total')).toBe(6)
    expect(read.valuesOf('process_resident_memory_bytes', 'worker').toSorted()).toEqual(['1', '2'])
    expect(read.sum('sluice_live_store_up')).toBe(1)

    const headers = { authorization: `Bearer ${ADMIN}` }
    const health = await ask(`${crew.url}/health`, { headers })
    expect(JSON.parse(await health.text)).toMatchObject({
      status: 'ok',
      workers: 2,
      backends: { live: { store: 'memory', status: 'up' } },
    })
    const usage = await ask(`${crew.url}/admin/usage?since=1h`, { headers })
    expect(usage.status).toBe(200)

    crew.process.kill('SIGTERM')
    expect(await crew.ended).toMatchObject({ code: 0, signal: null })
    expect(crew.workerPids()).toEqual([])
    expect(crew.lines('call')).toHaveLength(6)
    const workersOfCalls = crew.lines('call').map(({ requestId }) => String(requestId).slice(0, -4))
    expect(new Set(workersOfCalls).size).toBe(2)
    expect(crew.lines('drained')).toHaveLength(1)

    const audit = await startSluice(['audit', '--json'], { cwd: crew.cwd }).ended
    const actions = (JSON.parse(audit.stdout) as { data: { action: string }[] }).data.map(
      ({ action }) => action,
    )
    expect(actions.filter((action) => /^(server|config)\./.test(action)).toSorted()).toEqual([
      'config.loaded',
      'server.started',
      'server.stopped',
    ])
    const report = await startSluice(['usage', '--json'], { cwd: crew.cwd }).ended
    expect(JSON.parse(report.stdout)).toMatchObject({ total: { calls: 6 } })
  })

  it('have WebSockets, on the main port and on one of their own', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({
      upstreamUrl: upstream.url,
      env: { WEBSOCKET_PORT: `${await freePort()}` },
    })
    const [, own = ''] = await crew.says(/on (ws:\/\/127\.0\.0\.1:\d+), too/)
    for (const url of [crew.url.replace('http', 'ws'), own, own, own]) {
      const socket = new WebSocket(`${url}/ws`)
      await new Promise((resolve) => void socket.addEventListener('open', resolve, { once: true }))
      const frames: string[] = []
      socket.addEventListener('message', ({ data }) => frames.push(String(data)))
      const closed = new Promise((resolve) => void socket.addEventListener('close', resolve))
      socket.send(JSON.stringify({ id: '1', ...chatBody() }))
      await expect.poll(() => frames.some((frame) => frame.includes('"done"')), PATIENT).toBe(true)
      socket.close()
      await closed
    }
    expect((await crew.metrics()).sum('sluice_calls_total')).toBe(4)
    expect((await crew.metrics()).sum('sluice_sockets_open')).toBe(0)
  })

  it('finish their calls after SIGTERM, and leave no process behind', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    const streams = await Promise.all(
      Array.from({ length: 4 }, () => ask(`${crew.url}${CHAT}`, { body: LONG })),
    )
    const pids = crew.workerPids()
    crew.process.kill('SIGTERM')
    for (const { text } of streams) expect(isComplete(await text)).toBe(true)
    expect((await crew.ended).code).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it('are ended at once by a second signal', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    const body = chatBody('[[pieces 4]][[stall 3]][[say one two three]]', { stream: true })
    const { text } = await ask(`${crew.url}${CHAT}`, { body })
    const pids = crew.workerPids()
    crew.process.kill('SIGINT')
    await new Promise((resolve) => void setTimeout(resolve, 700))
    crew.process.kill('SIGINT')
    expect((await crew.ended).code).toBe(1)
    await expect(text).rejects.toThrow()
    await expect.poll(() => pids.filter(isAlive), PATIENT).toEqual([])
  })

  it('end if the first process is killed', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    const { text } = await ask(`${crew.url}${CHAT}`, { body: LONG })
    const pids = crew.workerPids()
    crew.process.kill('SIGKILL')
    expect(isComplete(await text)).toBe(true)
    await expect.poll(() => pids.filter(isAlive), PATIENT).toEqual([])
  })

  it('lose only their own streams when one of them is killed, and it is replaced', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    const streams = await Promise.all(
      Array.from({ length: 4 }, () => ask(`${crew.url}${CHAT}`, { body: LONG })),
    )
    const before = crew.workerPids()
    process.kill(before[0] ?? 0, 'SIGKILL')
    const endings = await Promise.all(
      streams.map(({ text }) => text.then(isComplete).catch(() => false)),
    )
    expect(endings.filter(Boolean)).toHaveLength(2)
    await expect.poll(() => crew.lines('a worker is ready').length, PATIENT).toBe(3)
    expect(crew.lines('a worker ended, and is replaced')).toMatchObject([
      { pid: before[0], signal: 'SIGKILL' },
    ])
    const after = await Promise.all(
      Array.from({ length: 4 }, () => ask(`${crew.url}${CHAT}`, { body: chatBody() })),
    )
    expect(after.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  it.skipIf(process.platform === 'win32')(
    'are replaced one by one after SIGUSR2, with the latest configuration, and drop no stream',
    async () => {
      const upstream = await upstreamForTest()
      const crew = await startCrew({ upstreamUrl: upstream.url })
      const before = crew.workerPids()
      await ask(`${crew.url}${CHAT}`, { body: chatBody() })
      const streams = await Promise.all(
        Array.from({ length: 4 }, () => ask(`${crew.url}${CHAT}`, { body: LONG })),
      )
      const settings = toDefaults(upstream.url)
      writeFile(crew.cwd, { ...settings, aliases: { mine: 'openai/gpt-4o' } })
      crew.process.kill('SIGUSR2')
      for (const { text } of streams) expect(isComplete(await text)).toBe(true)
      await expect.poll(() => crew.lines('a worker has drained').length, PATIENT).toBe(2)
      expect(crew.lines('all workers are replaced')).toHaveLength(1)
      expect(crew.workerPids().some((pid) => before.includes(pid))).toBe(false)
      const { status } = await ask(`${crew.url}${CHAT}`, { body: chatBody('x', { model: 'mine' }) })
      expect(status).toBe(200)
      // What earlier workers counted is not lost: a counter never falls.
      expect((await crew.metrics()).sum('sluice_calls_total')).toBe(6)
    },
  )

  it.skipIf(process.platform === 'win32')('stay if the new configuration is wrong', async () => {
    const crew = await startCrew()
    const before = crew.workerPids()
    writeFile(crew.cwd, 'server: { port: many }')
    crew.process.kill('SIGUSR2')
    const sentence = 'a new worker did not start: the workers that are left go on'
    await expect.poll(() => crew.lines(sentence).length, PATIENT).toBe(1)
    expect(crew.written.stderr).toContain('server.port')
    expect(crew.workerPids()).toEqual(before)
    expect((await ask(`${crew.url}/health`)).status).toBe(200)
  })
})

describe('workers that cannot start', { timeout: 60_000 }, () => {
  it('say once that the port is taken, and how to choose another', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    closeLater({ close: () => new Promise<void>((resolve) => void server.close(() => resolve())) })
    const { port } = server.address() as AddressInfo
    const ended = await startSluice(['serve', '--workers', '2', '--port', `${port}`], {
      cwd: join(import.meta.dirname),
    }).ended
    expect(ended).toMatchObject({
      code: 2,
      stdout: '',
      stderr: `Port ${port} of 127.0.0.1 is taken: stop what listens there, or set another with PORT or --port.\n`,
    })
  })

  it('say that there cannot be so many of them', async () => {
    const ended = await startSluice(['serve', '--workers', '129'], {
      cwd: join(import.meta.dirname),
    }).ended
    expect(ended).toMatchObject({
      code: 2,
      stderr: '--workers must be auto, or a whole number from 1 to 128.\n',
    })
  })
})
