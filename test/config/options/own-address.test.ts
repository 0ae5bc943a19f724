import { describe, expect, it } from 'vitest'
import { load, loadFile } from '../../tools/config/load-file.ts'

type Env = Record<string, string>

describe("Sluice's own address", () => {
  it.each<[string, Env]>([
    ['http://127.0.0.1:3000/v1', {}],
    ['http://localhost:3000', {}],
    ['http://[::1]:3000/v1', {}],
    ['http://127.0.0.1:3000/v1', { HOST: 'localhost' }],
    ['http://localhost:80', { PORT: '80' }],
    ['http://localhost', { PORT: '80' }],
    ['http://localhost:3000', { HOST: '0.0.0.0', SLUICE_API_KEYS: 'key' }],
    ['http://gateway.example:3000', { HOST: 'gateway.example', SLUICE_API_KEYS: 'key' }],
    ['http://0.0.0.0:3000', {}],
  ])('is recognised: %s with %j', async (url, env) => {
    const { options, notices } = await load({ ...env, OPENAI_BASE_URL: url })
    expect(options.providers).toEqual([])
    expect(notices).toEqual([`OPENAI_BASE_URL (${url}) is Sluice's own address and is ignored.`])
  })

  it.each<[string, Env]>([
    ['http://127.0.0.1:3001', {}],
    ['http://gateway.example:3000', {}],
    ['http://192.0.2.7:3000', { HOST: '0.0.0.0', SLUICE_API_KEYS: 'key' }],
    ['http://localhost:3000', { HOST: '192.0.2.7', SLUICE_API_KEYS: 'key' }],
    ['http://localhost:3000', { PORT: '0' }],
  ])('is not another: %s with %j', async (url, env) => {
    const { options, notices } = await load({ ...env, OPENAI_BASE_URL: url })
    expect(options.providers).toMatchObject([{ baseUrl: url }])
    expect(notices).toEqual([])
  })

  it("leaves a vendor's key in use", async () => {
    const { options, notices } = await load({
      OPENAI_BASE_URL: 'http://localhost:3000/v1',
      OPENAI_API_KEY: 'sk-real',
    })
    expect(options.providers).toEqual([{ name: 'openai', vendor: 'openai', apiKey: 'sk-real' }])
    expect(notices).toEqual([
      "OPENAI_BASE_URL (http://localhost:3000/v1) is Sluice's own address and is ignored; OPENAI_API_KEY is used at the vendor's own address.",
    ])
  })

  it.each(['sluice', 'own-key'])('has a key for Sluice itself: %s', async (key) => {
    const { options, notices } = await load({
      SLUICE_API_KEYS: 'own-key',
      ANTHROPIC_BASE_URL: 'http://localhost:3000',
      ANTHROPIC_API_KEY: key,
    })
    expect(options.providers).toEqual([])
    expect(options.demo).toEqual({})
    expect(notices).toEqual([
      "ANTHROPIC_BASE_URL (http://localhost:3000) is Sluice's own address and is ignored, and so is ANTHROPIC_API_KEY, which is a key for Sluice itself.",
    ])
  })

  it('is also ignored in the file', async () => {
    const { options, notices } = await loadFile(
      'providers: { me: { vendor: openai, base_url: "http://localhost:3000/v1" } }',
    )
    expect(options.providers).toEqual([])
    expect(notices).toEqual([
      "providers.me.base_url (http://localhost:3000/v1) is Sluice's own address and is ignored.",
    ])
  })
})
