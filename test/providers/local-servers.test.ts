/** Model servers of this machine: found, listed, and left alone until they are named. */
import { describe, expect, it } from 'vitest'
import { CHAT, chatBody, GPT } from '../tools/app/asks.ts'
import { closeLater, sluiceForTest, upstreamForTest } from '../tools/app/house.ts'
import { openaiAt } from '../tools/app/start-sluice.ts'
import {
  chatAnswer,
  startVendorServer,
  type VendorServer,
} from '../tools/providers/vendor-server.ts'

const LIST = { object: 'list', data: [{ id: 'llama3', object: 'model' }] }

const localServer = async (): Promise<VendorServer> =>
  closeLater(
    await startVendorServer(({ method }) => ({ body: method === 'GET' ? LIST : chatAnswer() })),
  )

/** A port on which nothing listens. */
const closedPort = async (): Promise<number> => {
  const server = await startVendorServer(undefined)
  await server.close()
  return server.port
}

const promptsTo = ({ asked }: VendorServer) => asked.filter(({ method }) => method === 'POST')

const ask = (model: string) => ({ body: chatBody('hello', { model }) })

describe('a server of this machine', () => {
  it('is listed when it answers with its models, and receives no other request', async () => {
    const ollama = await localServer()
    const sluice = await sluiceForTest({ localPorts: { ollama: ollama.port } })
    expect(ollama.asked.map(({ method, path }) => [method, path])).toEqual([['GET', '/v1/models']])
    expect((await sluice.send('/v1/models')).text).toContain('"ollama/llama3"')
    expect(sluice.log).toContainEqual(
      expect.objectContaining({ provider: 'ollama', url: `${ollama.url}/v1` }),
    )
  })

  it('answers if it is named', async () => {
    const vllm = await localServer()
    const sluice = await sluiceForTest({ localPorts: { vllm: vllm.port } })
    const { status, headers } = await sluice.send(CHAT, ask('vllm/llama3'))
    expect(status).toBe(200)
    expect(headers['x-sluice-target']).toBe('vllm/llama3')
    expect(promptsTo(vllm)).toHaveLength(1)
  })

  it.each(['llama3', GPT, 'claude-sonnet-4-5', 'nobody-knows-it'])(
    'gets no prompt for the bare name %s',
    async (model) => {
      const ollama = await localServer()
      const sluice = await sluiceForTest({ localPorts: { ollama: ollama.port }, demo: {} })
      const { headers } = await sluice.send(CHAT, ask(model))
      expect(headers['x-sluice-target']).toMatch(/^demo\//)
      expect(promptsTo(ollama)).toEqual([])
    },
  )

  it('is not a fallback for a provider that fails', async () => {
    const ollama = await localServer()
    const upstream = await startVendorServer(() => ({ status: 503, body: {} }))
    closeLater(upstream)
    const sluice = await sluiceForTest({
      localPorts: { ollama: ollama.port },
      providers: [openaiAt(upstream.url)],
    })
    expect((await sluice.send(CHAT, ask('llama3'))).status).toBe(503)
    expect(promptsTo(ollama)).toEqual([])
  })

  it('makes nothing ready that was not', async () => {
    const ollama = await localServer()
    const sluice = await sluiceForTest({ localPorts: { ollama: ollama.port } })
    expect((await sluice.send('/health/ready')).status).toBe(503)
  })
})

describe('another kind of server', () => {
  it('is not listed, and does not delay the start', async () => {
    const closed = await closedPort()
    const silent = closeLater(await startVendorServer(undefined))
    const page = closeLater(await startVendorServer(() => ({ body: '<html></html>' })))
    const other = closeLater(await startVendorServer(() => ({ body: { status: 'ok' } })))
    const startedAt = performance.now()
    const sluice = await sluiceForTest({
      localPorts: { ollama: closed, lmstudio: silent.port, llamacpp: page.port, vllm: other.port },
    })
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    expect((await sluice.send('/v1/models')).json).toMatchObject({ data: [] })
    expect((await sluice.send(CHAT, ask('lmstudio/x'))).status).toBe(404)
  })

  it('is not asked if probing is off', async () => {
    const ollama = await localServer()
    await sluiceForTest()
    expect(ollama.asked).toEqual([])
  })
})

describe('a server that is configured already', () => {
  it('is not found a second time: a provider of that name', async () => {
    const ollama = await localServer()
    const configured = await upstreamForTest()
    await sluiceForTest({
      localPorts: { ollama: ollama.port },
      providers: [{ name: 'ollama', vendor: 'openai', baseUrl: configured.url }],
    })
    expect(ollama.asked).toEqual([])
  })

  it('is not found a second time: a provider at that address', async () => {
    const ollama = await localServer()
    await sluiceForTest({
      localPorts: { ollama: ollama.port },
      providers: [{ name: 'mine', vendor: 'ollama', baseUrl: `http://localhost:${ollama.port}` }],
    })
    expect(ollama.asked).toEqual([])
  })

  it('is not Sluice itself', async () => {
    const port = await closedPort()
    const sluice = await sluiceForTest({ port, localPorts: { llamacpp: port } })
    expect((await sluice.send('/v1/models')).json).toMatchObject({ data: [] })
    expect(sluice.log.filter(({ provider }) => provider === 'llamacpp')).toEqual([])
  })
})
