import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Vendor, VENDOR_NAMES, type VendorName, VENDORS } from '#providers'
import { load, loadFile, refusal } from '../tools/config/load-file.ts'

type Env = Record<string, string>

/** The variable that a vendor alone takes its key from. */
const keyOf = (name: VendorName): string | undefined => {
  const { variables }: Vendor = VENDORS[name]
  return variables?.isShared ? undefined : variables?.apiKey[0]
}

describe('live state', () => {
  it('is in Redis if its address is set', async () => {
    const { options } = await load({ REDIS_URL: 'rediss://user:a%2Fb@redis.test:6380/1' })
    expect(options.redisUrl).toBe('rediss://user:a%2Fb@redis.test:6380/1')
    expect(options.onStoreFailure).toBeUndefined()
  })

  it.each(['allow', 'refuse'])('may %s calls while Redis cannot be used', async (choice) => {
    const { options } = await loadFile(`limits: { on_store_failure: ${choice} }`)
    expect(options.onStoreFailure).toBe(choice)
  })

  it.each(['redis', 'http://:secret@host', 'redis://', 'redis://:secret%@host', ':secret@host'])(
    'is not at %s, and the address is not quoted',
    async (url) => {
      const lines = await refusal(load({ REDIS_URL: url }))
      expect(lines.join()).toContain('REDIS_URL must be')
      expect(lines.join()).not.toContain('secret')
    },
  )
})

describe('metrics', () => {
  it('are for an admin, unless the file says that they are public', async () => {
    expect((await load()).options.publicMetrics).toBeUndefined()
    expect((await loadFile('metrics: admin')).options.publicMetrics).toBeUndefined()
    expect((await loadFile('metrics: public')).options.publicMetrics).toBe(true)
  })

  it.each(['true', 'everybody', '{}'])('are not for %s', async (choice) => {
    const lines = await refusal(loadFile(`metrics: ${choice}`))
    expect(lines.join()).toContain('metrics')
  })
})

describe('the environment alone', () => {
  it('is enough, even if it is empty', async () => {
    const { options, notices, file } = await load()
    expect({ notices, file }).toEqual({ notices: [], file: undefined })
    expect(options).toEqual({
      host: '127.0.0.1',
      port: 3000,
      workers: 1,
      keys: [],
      corsOrigins: [],
      logLevel: 'info',
      providers: [],
      aliases: [],
      presets: true,
      demo: {},
      limits: {
        bodyBytes: 33_554_432,
        depth: 512,
        inFlightBytes: 536_870_912,
        uploadStallMs: 30_000,
      },
      retry: { retries: 2, baseMs: 250 },
      openAfterMs: 15_000,
      drainMs: 30_000,
      proxy: { httpProxy: undefined, httpsProxy: undefined, noProxy: undefined },
      rows: { folder: '.sluice' },
      localPorts: { ollama: 11434, lmstudio: 1234, llamacpp: 8080, vllm: 8000 },
    })
  })

  it('names host, port, keys, origins, level and proxies', async () => {
    const { options } = await load({
      HOST: '0.0.0.0',
      PORT: '0',
      SLUICE_API_KEYS: ' one,two ,,',
      CORS_ORIGINS: 'https://a.example, https://b.example',
      LOG_LEVEL: 'DEBUG',
      HTTPS_PROXY: 'http://proxy:1',
      http_proxy: 'proxy:2',
      NO_PROXY: 'localhost',
    })
    expect(options).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      keys: ['one', 'two'],
      corsOrigins: ['https://a.example', 'https://b.example'],
      logLevel: 'debug',
      proxy: { httpsProxy: 'http://proxy:1', httpProxy: 'proxy:2', noProxy: 'localhost' },
    })
  })

  it('defines the providers whose key or address it has', async () => {
    const { options } = await load({
      OPENAI_API_KEY: 'sk-1\n',
      ANTHROPIC_BASE_URL: 'http://localhost:8000',
    })
    expect(options.providers).toEqual([
      { name: 'openai', vendor: 'openai', apiKey: 'sk-1' },
      { name: 'anthropic', vendor: 'anthropic', baseUrl: 'http://localhost:8000' },
    ])
    expect(options).not.toHaveProperty('demo')
  })

  it('names where rows are kept', async () => {
    const env = { SLUICE_DATA: '/data', DATABASE_URL: 'postgres://u:p%40@h:5433/d' }
    expect((await load(env)).options.rows).toEqual({
      folder: '/data',
      databaseUrl: 'postgres://u:p%40@h:5433/d',
    })
  })

  it('treats an empty variable as not set', async () => {
    const { options } = await load({
      HOST: '',
      PORT: ' ',
      OPENAI_API_KEY: '',
      OPENAI_BASE_URL: '',
      SLUICE_API_KEYS: ',',
      SLUICE_CONFIG: '',
      LOG_LEVEL: '',
    })
    expect(options).toMatchObject({ host: '127.0.0.1', port: 3000, keys: [], providers: [] })
  })

  it.each<[Env, string]>([
    [{ PORT: '65536' }, 'PORT must be a port number from 0 to 65535.'],
    [{ PORT: '-1' }, 'PORT must be a port number from 0 to 65535.'],
    [{ PORT: '3e3' }, 'PORT must be a port number from 0 to 65535.'],
    [{ OPENAI_BASE_URL: 'localhost' }, 'OPENAI_BASE_URL must be an http:// or https:// URL.'],
    [
      { ANTHROPIC_BASE_URL: 'http://u:p@x' },
      'ANTHROPIC_BASE_URL must not hold a user name or a password.',
    ],
    [{ OPENAI_API_KEY: 'a\nb' }, 'OPENAI_API_KEY must be one line of printable ASCII characters.'],
    [{ HTTPS_PROXY: 'socks5://u:p@x' }, 'HTTPS_PROXY must be an http:// or https:// URL.'],
    [
      { LOG_LEVEL: 'all' },
      'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent.',
    ],
    [{ SLUICE_CONFIG: 'none.yaml' }, 'SLUICE_CONFIG names none.yaml, which does not exist.'],
    ...['mysql://u:secret@h/d', 'localhost', 'postgres://u:50%zz@h/d'].map((url): [Env, string] => [
      { DATABASE_URL: url },
      'DATABASE_URL must be a postgres:// or postgresql:// URL, with its user name and password percent-encoded.',
    ]),
    [
      { HOST: '0.0.0.0' },
      '0.0.0.0 can be reached from other machines, so callers need a key: set SLUICE_API_KEYS, or keys in sluice.yaml.',
    ],
  ])('is refused in one sentence: %j', async (env, sentence) => {
    expect(await refusal(load(env))).toEqual([sentence])
  })
})

describe('the file', () => {
  it('wins for its settings, and the environment provides the others', async () => {
    const { options, file } = await loadFile(
      'server: { port: 4000 }\nkeys: [file]\nproviders: { anthropic: { api_key: file-key } }',
      {
        PORT: '5000',
        HOST: 'localhost',
        SLUICE_API_KEYS: 'env',
        OPENAI_API_KEY: 'env-key',
        ANTHROPIC_API_KEY: 'env-key',
      },
    )
    expect(file).toBe('sluice.yaml')
    expect(options).toMatchObject({ host: 'localhost', port: 4000, keys: ['file'] })
    expect(options.providers).toEqual([
      { name: 'anthropic', vendor: 'anthropic', apiKey: 'file-key' },
      { name: 'openai', vendor: 'openai', apiKey: 'env-key' },
    ])
  })

  it('yields to the command line', async () => {
    const { options } = await loadFile(
      'server: { port: 4000, host: localhost }',
      {},
      { port: '0', host: '127.0.0.2' },
    )
    expect(options).toMatchObject({ host: '127.0.0.2', port: 0 })
    expect(await refusal(load({}, { port: 'x' }))).toEqual([
      '--port must be a port number from 0 to 65535.',
    ])
  })

  it('is found by the command line before SLUICE_CONFIG', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'other.yaml')
    writeFileSync(path, 'default: other')
    expect((await load({ SLUICE_CONFIG: path })).options.defaultModel).toBe('other')
    const { options, file } = await load({ SLUICE_CONFIG: 'gone.yaml' }, { config: path })
    expect(options.defaultModel).toBe('other')
    expect(file).toBe(path)
    expect(await refusal(load({}, { config: 'gone.yaml' }))).toEqual([
      '--config names gone.yaml, which does not exist.',
    ])
    expect(await refusal(load({}, { config: folder }))).toEqual([
      `${folder} cannot be read (EISDIR).`,
    ])
  })

  it('adds settings to a provider of the environment', async () => {
    const { options } = await loadFile(
      'providers: { openai: { inject_usage: true, timeouts: { idle_ms: 5 } } }',
      { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: 'http://localhost:1/v1' },
    )
    expect(options.providers).toEqual([
      {
        name: 'openai',
        vendor: 'openai',
        apiKey: 'sk-1',
        baseUrl: 'http://localhost:1/v1',
        injectUsage: true,
        deadlines: { idleMs: 5 },
      },
    ])
  })

  it('never sends the environment’s key to an address in the file, or the reverse', async () => {
    const env = { OPENAI_API_KEY: 'env-key', OPENAI_BASE_URL: 'http://env.example' }
    const withUrl = await loadFile(
      'providers: { openai: { base_url: "http://file.example" } }',
      env,
    )
    expect(withUrl.options.providers).toEqual([
      { name: 'openai', vendor: 'openai', baseUrl: 'http://file.example' },
    ])
    const withKey = await loadFile('providers: { openai: { api_key: file-key } }', env)
    expect(withKey.options.providers).toEqual([
      { name: 'openai', vendor: 'openai', apiKey: 'file-key' },
    ])
    const renamed = await loadFile('providers: { openai: { vendor: anthropic } }', env)
    expect(renamed.options.providers).toEqual([{ name: 'openai', vendor: 'anthropic' }])
  })

  it('gives several targets to a name', async () => {
    const { options } = await loadFile("aliases: { a: x/1, 'b-*': [x/2, x/*] }")
    expect(options.aliases).toEqual([
      { name: 'a', targets: ['x/1'] },
      { name: 'b-*', targets: ['x/2', 'x/*'] },
    ])
  })
})

describe('the demo model', () => {
  const OPENAI = { OPENAI_API_KEY: 'sk-1' }
  const PUBLIC = { HOST: '0.0.0.0', SLUICE_API_KEYS: 'key' }

  it.each<[string, string, Env, object | undefined]>([
    ['is there on loopback without a provider', '', {}, {}],
    ['is gone once there is a provider', '', OPENAI, undefined],
    ['is gone beyond loopback', '', PUBLIC, undefined],
    ['stays where the file wants it', 'demo: true', { ...OPENAI, ...PUBLIC }, {}],
    ['keeps its pace', 'demo: { pace_ms: 3 }', OPENAI, { paceMs: 3 }],
    ['goes where the file does not want it', 'demo: false', {}, undefined],
  ])('%s', async (_case, text, env, demo) => {
    expect((await loadFile(text, env)).options.demo).toEqual(demo)
  })
})

describe('vendors', () => {
  it.each(VENDOR_NAMES.filter((name) => keyOf(name)))(
    'of the name %s are found by the variable of their key',
    async (vendor) => {
      const name = keyOf(vendor) ?? ''
      const { variables, baseUrl }: Vendor = VENDORS[vendor]
      const [address = ''] = variables?.baseUrl ?? []
      const { options } = await load({
        [name]: 'a-key',
        ...(baseUrl === undefined ? { [address]: 'https://mine.example' } : {}),
      })
      expect(options.providers).toMatchObject([{ name: vendor, vendor, apiKey: 'a-key' }])
    },
  )

  it('that share the key of another are defined by the file only', async () => {
    const env = { GEMINI_API_KEY: 'a-key' }
    const named = (await loadFile('providers:\n  gemini-openai: {}\n', env)).options.providers
    expect(named.filter(({ name }) => name === 'gemini-openai')).toEqual([
      { name: 'gemini-openai', vendor: 'gemini-openai', apiKey: 'a-key' },
    ])
    const found = (await load(env)).options.providers
    expect(found.map(({ name }) => name)).not.toContain('gemini-openai')
  })

  it('without an address for everybody need one', async () => {
    const { options, notices } = await load({ AZURE_OPENAI_API_KEY: 'a-key' })
    expect(options.providers).toEqual([])
    expect(notices).toEqual([
      'AZURE_OPENAI_API_KEY is ignored: Azure OpenAI needs AZURE_OPENAI_BASE_URL, too.',
    ])
  })

  it('without a common address may have it in the environment', async () => {
    const { options } = await loadFile('providers:\n  azure: {}\n', {
      AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com',
    })
    expect(options.providers).toEqual([
      { name: 'azure', vendor: 'azure', baseUrl: 'https://mine.openai.azure.com' },
    ])
    expect(await refusal(loadFile('\nproviders:\n  mine: { vendor: sluice }\n'))).toEqual([
      'sluice.yaml:3: providers.mine.base_url: must be set: Sluice has no address that all its customers share',
    ])
  })

  it('may have its protocols configured', async () => {
    const { options } = await loadFile(
      'providers: { ollama: { protocols: [anthropic-messages, openai-chat] } }',
    )
    expect(options.providers).toEqual([
      { name: 'ollama', vendor: 'ollama', protocols: ['anthropic-messages', 'openai-chat'] },
    ])
  })
})

describe('servers of this machine', () => {
  it.each<[string, string, Env, boolean]>([
    ['are looked for on loopback', '', {}, true],
    ['are not, where the file says so', 'probe_local: false', {}, false],
    ['are not beyond loopback', '', { HOST: '0.0.0.0', SLUICE_API_KEYS: 'key' }, false],
    [
      'are beyond loopback, where the file says so',
      'probe_local: true',
      { HOST: '0.0.0.0', SLUICE_API_KEYS: 'key' },
      true,
    ],
  ])('%s', async (_case, text, env, probed) => {
    expect((await loadFile(text, env)).options.localPorts !== undefined).toBe(probed)
  })
})
