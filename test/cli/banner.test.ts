import { describe, expect, it } from 'vitest'
import type { AppOptions } from '#app'
import { loadConfig } from '#config'
import { createVendorProvider } from '#providers'
import { toBanner } from '../../src/cli/banner.ts'
import { nowhere } from '../tools/providers/nowhere.ts'

const bannerOf = async (
  env: Record<string, string>,
  changes: Partial<AppOptions> = {},
): Promise<string> => {
  const { options } = await loadConfig({ env, cwd: '/' })
  return toBanner({ ...options, port: 3210, file: undefined, ...changes }).join('\n')
}

const PUBLIC = { HOST: '0.0.0.0', SLUICE_API_KEYS: 'caller-key' }

describe('the banner', () => {
  it('labels the demo model, and has a command for each client', async () => {
    expect(await bannerOf({})).toBe(`Sluice listens on http://127.0.0.1:3210
  configuration  the environment
  callers        anybody on this machine, with any key or none
  demo           the built-in demo model: no AI, made-up answers, for trying clients

# curl
curl http://127.0.0.1:3210/v1/chat/completions -H 'content-type: application/json' -d '{"model":"demo/echo","messages":[{"role":"user","content":"Hello"}]}'
# Claude Code
ANTHROPIC_BASE_URL=http://127.0.0.1:3210 ANTHROPIC_AUTH_TOKEN=sluice claude
# openai in Node: then ask for the model demo/echo
export OPENAI_BASE_URL=http://127.0.0.1:3210/v1 OPENAI_API_KEY=sluice
# @anthropic-ai/sdk in Node: then ask for the model demo/echo
export ANTHROPIC_BASE_URL=http://127.0.0.1:3210 ANTHROPIC_API_KEY=sluice
`)
  })

  it('shows the separate WebSocket port, if there is one', async () => {
    expect(await bannerOf({})).not.toContain('websockets')
    expect(await bannerOf({ WEBSOCKET_PORT: '3211' })).toContain(
      'websockets     on ws://127.0.0.1:3211, too\n',
    )
  })

  it('shows each provider’s address and whether it has a key, but no key', async () => {
    const banner = await bannerOf({
      ...PUBLIC,
      OPENAI_API_KEY: 'sk-openai',
      ANTHROPIC_BASE_URL: 'http://localhost:8000',
    })
    expect(banner).toContain("openai         OpenAI's own address, with a key\n")
    expect(banner).toContain('anthropic      http://localhost:8000, without a key\n')
    expect(banner).not.toContain('demo')
    expect(banner).not.toMatch(/sk-openai|caller-key/)
  })

  it('shows the local servers that were found, and that they answer by name only', async () => {
    const { options } = await loadConfig({ env: {}, cwd: '/' })
    const url = 'http://127.0.0.1:11434/v1'
    const provider = createVendorProvider('ollama', { transport: nowhere })
    const localServers = [{ name: 'ollama', url, provider }] as const
    expect(toBanner({ ...options, file: undefined, localServers }).join('\n')).toContain(
      `ollama         ${url}, found on this machine: answers to ollama/MODEL and to nothing else\n`,
    )
  })

  it('says that a key is required, and shows its place in each command', async () => {
    const banner = await bannerOf({ ...PUBLIC, OPENAI_API_KEY: 'sk-openai' })
    expect(banner).toContain(
      'callers        need the configured key, on every address of this machine (0.0.0.0)',
    )
    expect(banner).toContain('Sluice listens on http://127.0.0.1:3210\n')
    expect(banner).toContain("-H 'authorization: Bearer YOUR_SLUICE_KEY'")
    expect(banner.match(/YOUR_SLUICE_KEY/g)).toHaveLength(4)
  })

  it('says what to do if no target could answer, and offers no command', async () => {
    const banner = await bannerOf(PUBLIC)
    expect(banner).toContain('none yet: set OPENAI_API_KEY or ANTHROPIC_API_KEY')
    expect(banner).not.toContain('curl')
  })

  it('names a file, and an address of IPv6 in brackets', async () => {
    const { options } = await loadConfig({ env: {}, cwd: '/' })
    const banner = toBanner({ ...options, host: '::', port: 1, file: 'my.yaml' }).join('\n')
    expect(banner).toContain('Sluice listens on http://[::1]:1\n')
    expect(banner).toContain('configuration  my.yaml, then the environment')
  })
})

describe('the model in the commands', () => {
  const LOCAL = { OPENAI_BASE_URL: 'http://localhost:11434/v1' }

  it.each<[string, Record<string, string>, Partial<AppOptions>, string]>([
    ['is a small one of OpenAI', { OPENAI_API_KEY: 'k' }, {}, 'openai/gpt-5.4-mini'],
    ['is a small one of Anthropic', { ANTHROPIC_API_KEY: 'k' }, {}, 'anthropic/claude-haiku-5-5'],
    [
      'is of the vendor itself where there is one',
      { ...LOCAL, ANTHROPIC_API_KEY: 'k' },
      {},
      'anthropic/claude-haiku-5-5',
    ],
    ['is the default', LOCAL, { defaultModel: 'openai/llama' }, 'openai/llama'],
    [
      'is an alias',
      LOCAL,
      {
        aliases: [
          { name: 'a-*', targets: ['x'] },
          // Claude Code would ask for a model of its own.
          { name: 'best', targets: ['x'] },
          { name: 'fast', targets: ['x'] },
        ],
      },
      'fast',
    ],
    ['is left to the reader where only the provider knows', LOCAL, {}, 'openai/MODEL'],
  ])('%s', async (_case, env, changes, model) => {
    const banner = await bannerOf(env, changes)
    expect(banner).toContain(`"model":"${model}"`)
    expect(banner.includes('/v1/models')).toBe(model.endsWith('MODEL'))
  })

  it.each<[boolean, Record<string, string>, Partial<AppOptions>]>([
    [true, { ANTHROPIC_API_KEY: 'k' }, {}],
    [true, { OPENAI_API_KEY: 'k' }, {}],
    [true, LOCAL, { defaultModel: 'openai/llama' }],
    [true, LOCAL, { aliases: [{ name: 'claude-*', targets: ['x'] }] }],
    [false, LOCAL, {}],
    [false, { OPENAI_API_KEY: 'k' }, { presets: false }],
  ])(
    'is omitted for Claude Code (%s) if its own names resolve: %j %j',
    async (isKnown, env, changes) => {
      const banner = await bannerOf(env, changes)
      expect(banner.includes('AUTH_TOKEN=sluice claude\n')).toBe(isKnown)
      expect(banner.includes('claude --model openai/')).toBe(!isKnown)
    },
  )
})
