/** Sluice without anything that concerns callers, and with all of it: only the options differ. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { KEY, type Place, type Subject } from '../subject.ts'
import { subjects } from '../subjects.ts'

const LAUNCHER = fileURLToPath(new URL('./launch.ts', import.meta.url))

const base = subjects.find(({ name }) => name === 'Sluice')!

/** Each is counted for every call, and none is ever reached. */
const REQUESTS = `
  window_requests: 1000000000
  requests_per_minute: 100000000`
const LIMITS = `${REQUESTS}
  streaming_per_minute: 100000000
  tokens_per_minute: 1000000000
  concurrent_streams: 100000`

const MANY = 10_000

/** The key that is used is the last one. */
const toKeys = (count: number): string =>
  Array.from({ length: count }, (_, at) => {
    const key = at === count - 1 ? KEY : `sk-of-someone-${at}`
    return `\n  - { key: ${key}, name: key-${at}, owner: owner-${at % 100} }`
  }).join('')

type Settings = { limits?: string; keys?: number; env?: Record<string, string> }

const toVariant = (name: string, { limits, keys = 1, env = {} }: Settings): Subject => ({
  ...base,
  name,
  launch(place: Place) {
    const launch = base.launch!(place)
    if (limits !== undefined)
      writeFileSync(join(place.folder, 'sluice.yaml'), `keys:${toKeys(keys)}\nlimits:${limits}\n`)
    const command = [process.execPath, '--max-semi-space-size=4', LAUNCHER]
    return { command, env: { ...launch.env, ...env } }
  },
})

export const without = toVariant('without', { env: { BARE: '1' } })
export const complete = toVariant('with', { limits: LIMITS })
export const manyKeys = toVariant('10,000 keys', { limits: LIMITS, keys: MANY })

export const onRedis = (url: string, name: 'redis' | 'redis, requests alone'): Subject =>
  toVariant(name, {
    limits: name === 'redis' ? LIMITS : REQUESTS,
    env: { REDIS_URL: url },
  })
