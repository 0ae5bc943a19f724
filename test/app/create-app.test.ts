/** What a worker starts with that others have found before. */
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type AppOptions, createApp } from '#app'
import { createLiveHost } from '#stores'
import { DEFAULT_RETRY } from '#gateway'
import { closeLater } from '../tools/app/house.ts'
import { startVendorServer, type VendorServer } from '../tools/providers/vendor-server.ts'
import { linkForTest } from '../tools/workers/linked.ts'

const LIST = { object: 'list', data: [{ id: 'llama3', object: 'model' }] }

const modelServer = async (): Promise<VendorServer> =>
  closeLater(await startVendorServer(() => ({ body: LIST })))

const OPTIONS: AppOptions = {
  host: '127.0.0.1',
  port: 0,
  keys: [],
  corsOrigins: [],
  logLevel: 'info',
  providers: [],
  aliases: [],
  presets: false,
  limits: { bodyBytes: 1024 * 1024, inFlightBytes: 1024 * 1024, depth: 512 },
  retry: DEFAULT_RETRY,
  openAfterMs: 15_000,
  drainMs: 1_000,
  proxy: {},
  localPorts: {},
  logSink: { write: () => undefined, flush: () => undefined },
}

/** @returns the address of its worker, which takes all connections. */
const startWorker = async (options: AppOptions, known: VendorServer): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-worker-'))
  const line = linkForTest()
  createLiveHost().serve(line.first)
  const server = createServer((socket) => app.accept(socket, 'http'))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const app = createApp(options, undefined, {
    address: { host: '127.0.0.1', port },
    running: options,
    live: line.worker,
    isFirst: true,
    isFirstOfAll: false,
    localServers: [{ name: 'ollama', url: `${known.url}/v1` }],
    gatherMetrics: async () => [],
    gatherStates: async () => [],
    peerPath: join(folder, 'peer.sock'),
    peers: { locate: async () => undefined },
  })
  onTestFinished(async () => {
    server.close()
    await app.drain()
    rmSync(folder, { recursive: true, force: true })
  })
  await app.listen()
  return `http://127.0.0.1:${port}`
}

it('lists a server that another worker has found', async () => {
  const found = await modelServer()
  const url = await startWorker(OPTIONS, found)
  expect(await (await fetch(`${url}/v1/models`)).text()).toContain('"ollama/llama3"')
})

it('does not list it if a provider of that name is configured since', async () => {
  const [found, configured] = [await modelServer(), await modelServer()]
  const provider = { name: 'ollama', vendor: 'ollama', baseUrl: `${configured.url}/v1` } as const
  const url = await startWorker({ ...OPTIONS, providers: [provider] }, found)
  expect(await (await fetch(`${url}/v1/models`)).text()).toContain('"ollama/llama3"')
  expect(found.asked).toEqual([])
})
