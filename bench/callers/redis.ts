/** What Redis adds to a call: how often it is asked, by its own count, and how long that takes. */
import { execFileSync, spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { startGateway } from '../gateway.ts'
import { insist, toCall } from '../setting.ts'
import type { Subject } from '../subject.ts'
import type { Workbench } from './turns.ts'

export const hasRedis = (): boolean => {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })

export const startRedis = async () => {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--save', ''], { stdio: 'ignore' })
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { retryStrategy: () => 50 })
  client.on('error', () => undefined)
  await client.ping()
  return {
    url,
    /** How many scripts Redis has run, by its own count. */
    async scripts() {
      const counts = (await client.info('commandstats')).matchAll(/_eval(?:sha)?:calls=(\d+)/g)
      return [...counts].reduce((sum, [, calls]) => sum + Number(calls), 0)
    },
    stop() {
      client.disconnect()
      child.kill()
    },
  }
}

export type RedisServer = Awaited<ReturnType<typeof startRedis>>

const PER_SECOND = 200
const SECONDS = 5

/** Calls at a fixed rate. @returns how often Redis was asked for each, and how long the calls took. */
export const askAtPace = async (
  bench: Workbench,
  subject: Subject,
  redis: RedisServer | undefined,
  scale: number,
) => {
  const { load, upstream, upstreamPort, scratch } = bench
  const laneName = 'chat'
  await upstream.ask('setMode', { kind: 'answer' })
  const gateway = await startGateway(subject, join(scratch, `${subject.name}-paced`), upstreamPort)
  try {
    const lane = subject.lanes[laneName]!
    const setting = { gateway, laneName, lane, load, upstream, upstreamPort, scale } as const
    const call = { ...toCall(setting, 2), perSecond: PER_SECOND }
    const warmUp = { connections: 32, count: 5000, maxMs: 3000 * scale }
    insist(await load.ask('runClosedLoop', { ...call, ...warmUp }))
    await sleep(300)
    const before = (await redis?.scripts()) ?? 0
    const result = await load.ask('runOpenLoop', { ...call, seconds: SECONDS * scale })
    insist(result)
    await sleep(300)
    const { p50, p99, count } = result.latencyMs
    return { p50Ms: p50, p99Ms: p99, scripts: (((await redis?.scripts()) ?? 0) - before) / count }
  } finally {
    await gateway.stop()
  }
}
