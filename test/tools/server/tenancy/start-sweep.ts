/** Sluice between two callers and its upstream, beside a server that no call may reach. */
import { Agent, createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { AppOptions } from '#app'
import { type House, listenForTest, sluiceForTest, upstreamForTest } from '../../app/house.ts'
import type { Received } from '../../app/send.ts'
import { anthropicAt, geminiAt, openaiAt } from '../../app/start-sluice.ts'
import { rowsAt } from '../../stores/ledger-under-test.ts'
import type { Upstream } from '../../upstream/start.ts'
import type { RouteCall } from './every-route.ts'

export const ANN_KEY = 'sk-key-of-ann-0000000001'
export const BEN_KEY = 'sk-key-of-ben-0000000002'
export const ADMIN_KEY = 'sk-key-of-the-admin-0003'

export const ANN = { authorization: `Bearer ${ANN_KEY}` }
export const BEN = { authorization: `Bearer ${BEN_KEY}` }

export interface Sweep {
  readonly sluice: House
  readonly upstream: Upstream
  /** The address of the server that no call may reach. */
  readonly canary: string
  /** What a call could try to be, or to reach. */
  readonly values: readonly string[]
  /** Sends the call as Ann, with changes. */
  ask(call: RouteCall, changes?: Changes): Promise<Received>
  /** Closes Sluice. Fails if a call went anywhere else, with another key, or as somebody else. */
  expectOnlyAnn(): Promise<void>
}

interface Changes {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: string
  readonly body?: object
}

export const startSweep = async (options: Partial<AppOptions> = {}): Promise<Sweep> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-sweep-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  let strayed = 0
  const stray = createServer((_request, response) => response.end('{}'))
  stray.on('connection', () => strayed++)
  const canary = await listenForTest(stray)
  const upstream = await upstreamForTest()
  const sluice = await sluiceForTest({
    keys: [
      { key: ANN_KEY, name: 'key-of-ann', owner: 'ann' },
      { key: BEN_KEY, name: 'key-of-ben', owner: 'ben' },
    ],
    adminKeys: [ADMIN_KEY],
    rows: { folder },
    providers: [openaiAt(upstream.url), anthropicAt(upstream.url), geminiAt(upstream.url)],
    retry: { retries: 0, baseMs: 1 },
    ...options,
  })

  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  onTestFinished(() => agent.destroy())
  const ask: Sweep['ask'] = ({ method, path, body }, changes = {}) =>
    sluice.send(path + (changes.query ?? ''), {
      agent,
      method,
      headers: { ...ANN, ...changes.headers },
      ...(body && { body: changes.body ?? body }),
    })

  return {
    sluice,
    upstream,
    canary,
    values: [canary, BEN_KEY, `Bearer ${BEN_KEY}`, ADMIN_KEY, 'ben', 'key-of-ben', 'admin', '*'],
    ask,
    async expectOnlyAnn() {
      const keys = await sluice.send('/admin', { headers: { 'x-api-key': ADMIN_KEY } })
      const known = keys.json.keys as readonly { readonly id: string; readonly name: string }[]
      const annId = known.find(({ name }) => name === 'key-of-ann')?.id
      const bens = await sluice.send('/v1/usage', { headers: BEN })
      expect(bens.json).toMatchObject({ total: { calls: 0 } })
      await sluice.close()
      const { host } = new URL(upstream.url)
      for (const { headers, method, path } of upstream.calls)
        expect({
          call: `${method} ${path}`,
          host: headers.host,
          ...credentialsOf(headers),
        }).toEqual({
          call: `${method} ${path}`,
          host,
          ...credentialsFor(path, headers),
        })
      for (const row of await rowsAt({ folder }))
        expect(row).toMatchObject({ caller_id: annId, key_name: 'key-of-ann', owner: 'ann' })
      expect(strayed).toBe(0)
    },
  }
}

const AT_ONCE = 16

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

const CREDENTIALS = ['authorization', 'x-api-key', 'x-goog-api-key'] as const

const credentialsOf = (headers: Headers) =>
  Object.fromEntries(
    CREDENTIALS.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  )

/** The keys that are configured, each at its own vendor. */
const credentialsFor = (path: string, headers: Headers): Record<string, string> => {
  if (path.startsWith('/v1beta')) return { 'x-goog-api-key': 'AIza-upstream-gemini' }
  const isAnthropic = path.startsWith('/v1/messages') || headers['anthropic-version'] !== undefined
  return isAnthropic && headers['x-api-key'] !== undefined
    ? { 'x-api-key': 'sk-ant-upstream' }
    : { authorization: 'Bearer sk-upstream-openai' }
}

/** Runs the work for each, so many at a time. */
export const forEachAtOnce = async <Item>(
  items: readonly Item[],
  work: (item: Item, at: number) => Promise<unknown>,
  atOnce = AT_ONCE,
): Promise<void> => {
  const queue = [...items.entries()]
  const next = async (): Promise<void> => {
    for (let found = queue.shift(); found; found = queue.shift()) await work(found[1], found[0])
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}
