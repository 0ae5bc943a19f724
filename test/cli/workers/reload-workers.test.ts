/** Several workers load their file again: on SIGHUP, and when the file changes. */
import { unlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../../tools/app/asks.ts'
import { listenForTest, upstreamForTest } from '../../tools/app/house.ts'
import { toDefaults, writeFile } from '../../tools/cli/serve.ts'
import { startSluice } from '../../tools/cli/start.ts'
import { type CrewUnderTest, startCrew } from '../../tools/workers/crew.ts'
import { ask } from '../../tools/workers/own-connection.ts'

const PATIENT = { timeout: 30_000, interval: 100 }
const USED = 'the configuration was loaded, and is used from now on'

/** A stream that lasts for two seconds. */
const LONG = chatBody('[[pieces 20]][[pace 100]][[say one two three four five six seven]]', {
  stream: true,
})

const refused = (crew: CrewUnderTest): number =>
  crew.lines().filter(({ msg }) => String(msg).startsWith('the configuration is not loaded')).length

/** Each worker gets two of the connections. */
const statusesOf = async (crew: CrewUnderTest, model: string): Promise<number[]> => {
  const body = chatBody('x', { model })
  const calls = await Promise.all(
    Array.from({ length: 4 }, () => ask(`${crew.url}${CHAT}`, { body })),
  )
  return [...new Set(calls.map(({ status }) => status))]
}

const actionsOf = async (crew: CrewUnderTest): Promise<string[]> => {
  const { stdout } = await startSluice(['audit', '--json'], { cwd: crew.cwd }).ended
  return (JSON.parse(stdout) as { data: { action: string }[] }).data
    .map(({ action }) => action)
    .filter((action) => action.startsWith('config.'))
    .toSorted()
}

describe.skipIf(process.platform === 'win32')('two workers', { timeout: 90_000 }, () => {
  it('load the file again on SIGHUP, are not replaced, and end no stream', async () => {
    const upstream = await upstreamForTest()
    const server = { workers: 2, reload_on_change: false }
    const crew = await startCrew({
      workers: undefined,
      upstreamUrl: upstream.url,
      file: { server },
    })
    await expect.poll(() => crew.lines('a worker is ready').length, PATIENT).toBe(2)
    const pids = crew.workerPids()
    const streams = await Promise.all(
      Array.from({ length: 4 }, () => ask(`${crew.url}${CHAT}`, { body: LONG })),
    )
    const file = { ...toDefaults(upstream.url), aliases: { mine: 'openai/gpt-4o' } }
    writeFile(crew.cwd, { ...file, server: { workers: 3 }, ledger: { keep_days: 5 } })
    crew.process.kill('SIGHUP')
    for (const { text } of streams) expect((await text).trimEnd()).toMatch(/data: \[DONE\]$/)
    await expect.poll(() => crew.lines(USED).length, PATIENT).toBe(1)
    expect(await statusesOf(crew, 'mine')).toEqual([200])
    expect(crew.workerPids()).toEqual(pids)
    const sentence = 'needs a restart: server.workers, ledger.keep_days'
    expect(crew.lines(sentence)).toHaveLength(1)
    expect((await crew.metrics()).sum('sluice_config_generation')).toBe(2)

    // The file says that it is watched now.
    writeFile(crew.cwd, { ...file, aliases: { other: 'openai/gpt-4o' } })
    await expect.poll(() => crew.lines(USED).length, PATIENT).toBe(2)
    expect(await statusesOf(crew, 'other')).toEqual([200])
    expect(await statusesOf(crew, 'mine')).toEqual([404])
    expect(crew.workerPids()).toEqual(pids)
    crew.process.kill('SIGTERM')
    expect((await crew.ended).code).toBe(0)
    const reloaded = 'config.reloaded'
    expect(await actionsOf(crew)).toEqual(['config.loaded', reloaded, reloaded])
  })

  it('keep what they have if the file has a fault, also when one of them is killed', async () => {
    const upstream = await upstreamForTest()
    const crew = await startCrew({ upstreamUrl: upstream.url })
    await expect.poll(() => crew.lines('a worker is ready').length, PATIENT).toBe(2)
    const file = toDefaults(upstream.url)
    writeFile(crew.cwd, { ...file, aliases: { mine: 'openai/gpt-4o' } })
    await expect.poll(() => crew.lines(USED).length, PATIENT).toBe(1)

    writeFile(crew.cwd, 'server: { port: many }')
    await expect.poll(() => refused(crew), PATIENT).toBe(1)
    expect((await crew.metrics()).sum('sluice_config_refusals_total')).toBe(1)
    process.kill(crew.workerPids()[0] ?? 0, 'SIGKILL')
    await expect.poll(() => crew.lines('a worker is ready').length, PATIENT).toBe(3)
    expect(await statusesOf(crew, 'mine')).toEqual([200])
    unlinkSync(join(crew.cwd, 'sluice.yaml'))
    await expect.poll(() => refused(crew), PATIENT).toBe(2)
    process.kill(crew.workerPids()[0] ?? 0, 'SIGKILL')
    await expect.poll(() => crew.lines('a worker is ready').length, PATIENT).toBe(4)
    expect(await statusesOf(crew, 'mine')).toEqual([200])

    writeFile(crew.cwd, { ...file, aliases: { other: 'openai/gpt-4o' } })
    await expect.poll(() => crew.lines(USED).length, PATIENT).toBe(2)
    expect(await statusesOf(crew, 'other')).toEqual([200])
  })

  it('are not replaced by some that callers need no key for, where other machines reach them', async () => {
    const crew = await startCrew({
      file: { keys: ['sk-caller-0123456789'] },
      env: { HOST: '0.0.0.0' },
    })
    await expect.poll(() => crew.lines('a worker is ready').length, PATIENT).toBe(2)
    const pids = crew.workerPids()
    writeFile(crew.cwd, { server: { host: '127.0.0.1' }, probe_local: false })
    crew.process.kill('SIGUSR2')
    const sentence = 'a new worker did not start: the workers that are left go on'
    await expect.poll(() => crew.lines(sentence).length, PATIENT).toBe(1)
    expect(crew.written.stderr).toContain('so callers need a key')
    expect(crew.workerPids()).toEqual(pids)
    expect((await ask(`${crew.url}${CHAT}`, { body: chatBody() })).status).toBe(401)
  })

  it('ask a provider for its health in turns, and all of them know', async () => {
    let asked = 0
    const url = await listenForTest(
      createServer((_, response) => {
        asked++
        response.statusCode = 503
        response.end()
      }),
    )
    const openai = { api_key: 'sk-upstream', base_url: `${url}/v1`, health: { every_ms: 1_000 } }
    const startedAt = performance.now()
    const crew = await startCrew({ file: { providers: { openai } } })
    await expect.poll(() => crew.lines('its health check fails').length, PATIENT).toBe(2)
    await sleep(6_000)
    // Each of the two for itself would have asked twice as often.
    expect(asked).toBeLessThanOrEqual((performance.now() - startedAt) / 800 + 1)
    expect((await crew.metrics()).sum('sluice_provider_check_up')).toBe(0)
  })
})
