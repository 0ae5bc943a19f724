/** A Redis of which nothing may be left. */
import { spawn } from 'node:child_process'
import { Redis } from 'ioredis'
import { freePort } from '../../tools/servers/free-port.ts'

export const startRedisForSoak = async () => {
  const port = await freePort()
  const child = spawn('redis-server', ['--port', String(port), '--save', ''], { stdio: 'ignore' })
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { retryStrategy: () => 50 })
  client.on('error', () => undefined)
  await client.ping()
  return {
    url,
    client,
    stop() {
      client.disconnect()
      child.kill()
    },
  }
}

/** Keys that expire are forgotten by themselves. */
export const countKeys = async ({
  client,
}: Awaited<ReturnType<typeof startRedisForSoak>>): Promise<readonly string[]> => {
  const keys = await client.keys('*')
  const times = await Promise.all(keys.map((key) => client.pttl(key)))
  const left = keys.filter((_, at) => times[at] === -1)
  return left.length === 0
    ? []
    : [`Redis has ${left.length} keys, as ${left.slice(0, 3).join(', ')}`]
}
