/** `sluice doctor`: where a call would go, whether upstreams answer, and what is wrong with the configuration. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { upstreamForTest } from '../tools/app/house.ts'
import { startSluice } from '../tools/cli/start.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-doctor-'))
afterAll(() => rmSync(outer, { recursive: true }))

const run = (yaml: string, args: readonly string[] = [], env: Record<string, string> = {}) => {
  const cwd = mkdtempSync(join(outer, 'cwd-'))
  if (yaml !== '') writeFileSync(join(cwd, 'sluice.yaml'), yaml)
  return { cwd, ended: startSluice(['doctor', ...args], { cwd, env }).ended }
}

const OPENAI = 'providers: { openai: { api_key: sk-proj-secret-word } }'

describe('a configuration', () => {
  it('that is fine ends with 0, and nothing is written', async () => {
    const { cwd, ended } = run(OPENAI)
    const { code, stdout, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('configuration: sluice.yaml\n')
    expect(stdout).toContain('note: keys: every program on this machine may call')
    expect(stdout).toMatch(/nothing is wrong\n$/)
    expect(stdout).not.toContain('secret-word')
    expect(existsSync(join(cwd, '.sluice'))).toBe(false)
  })

  it('that is not valid ends with 2, as everywhere', async () => {
    const { code, stdout, stderr } = await run('providers: [').ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('sluice.yaml:1')
  })

  it('that names a variable which is not set ends with 2', async () => {
    const { code, stderr } = await run('providers: { openai: { api_key: "${NOT_SET}" } }').ended
    expect(code).toBe(2)
    expect(stderr).toContain('NOT_SET is not set')
  })

  it('with faults names each, and ends with 1', async () => {
    const { code, stdout } = await run(`
providers:
  openai: { api_key: sk-ant-secret-word }
  groq: {}
  xai: { api_keys: [xai-secret-word, gsk_secret-word] }
  local: { vendor: openai, api_key: secret-word, base_url: 'http://127.0.0.1:9/api' }
aliases:
  fast: opnai/gpt-5.5
  openai/gpt-5.5: openai/gpt-5
models: { opnai/gpt-5.5: { images: false } }
keys: [{ key: secret-word, name: ann, expires_at: 2020-01-01 }]
`).ended
    const lines = [
      'providers.openai.api_key: looks like a key of Anthropic, and goes to OpenAI',
      'providers.groq.api_key: is not set, and Groq needs one',
      'providers.xai.api_keys[1]: looks like a key of Groq, and goes to xAI',
      'providers.local.base_url: ends in /api, where a version such as /v1 is usual',
      "aliases.fast: leads to 'opnai/gpt-5.5', and there is no provider 'opnai'",
      'aliases.openai/gpt-5.5: is never used',
      "models.opnai/gpt-5.5: there is no provider 'opnai'",
      'keys.ann: expired at 2020-01-01T00:00:00.000Z',
    ]
    for (const line of lines) expect(stdout).toContain(`warning: ${line}`)
    expect(stdout.match(/^warning/gm)).toHaveLength(lines.length)
    expect(stdout).not.toContain('secret-word')
    expect(code).toBe(1)
  })

  it('with a variable that does not exist ends with 1', async () => {
    const { code, stdout } = await run(OPENAI, [], { SLUICE_API_KEY: 'secret-word' }).ended
    expect(stdout).toContain('warning: SLUICE_API_KEY: is not a variable that Sluice reads')
    expect(stdout).not.toContain('secret-word')
    expect(code).toBe(1)
  })

  it('with a target without a price is fine, and says so', async () => {
    const { code, stdout } = await run(`${OPENAI}\naliases: { fast: openai/made-up }`).ended
    expect(stdout).toContain('note: prices.openai/made-up: is not known')
    expect(code).toBe(0)
  })

  it('with a folder that cannot be made ends with 1', async () => {
    const { code, stdout } = await run(OPENAI, [], { SLUICE_DATA: 'sluice.yaml/data' }).ended
    expect(stdout).toContain('warning: SLUICE_DATA: sluice.yaml/data cannot be written')
    expect(code).toBe(1)
  })
})

describe('a model', () => {
  const YAML = `${OPENAI}
aliases: { fast: [openai/gpt-4o, openai/gpt-5.5] }
models: { openai/gpt-4o: { images: false } }
`

  it('is followed to its targets', async () => {
    const { code, stdout } = await run(YAML, ['fast', '--needs', 'images']).ended
    expect(stdout).toContain("a call of 'fast' in openai-chat that needs images:\n")
    expect(stdout).toContain('  fast: alias -> openai/gpt-4o, openai/gpt-5.5\n')
    expect(stdout).toContain('  1. openai/gpt-5.5, relayed\n')
    expect(stdout).toContain('  skipped openai/gpt-4o, relayed, lacks images (configuration)')
    expect(code).toBe(0)
  })

  it('is reported as JSON', async () => {
    const { code, stdout } = await run(YAML, ['fast', '--json']).ended
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      file: 'sluice.yaml',
      upstreams: [],
      stores: [],
      route: { model: 'fast', targets: [{ order: 1 }, { order: 2 }], error: null },
    })
    expect(code).toBe(0)
  })

  it('that leads nowhere ends with 1', async () => {
    const { code, stdout } = await run(`${OPENAI}\npresets: false`, [
      'whatever',
      '--protocol',
      'gemini',
    ]).ended
    expect(stdout).toContain("fails: The model 'whatever' is not known here.")
    expect(code).toBe(1)
  })

  it('that is asked for in no protocol ends with 2', async () => {
    const { code, stdout, stderr } = await run(YAML, ['fast', '--protocol', 'telnet']).ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^'protocol' must be one of /)
  })
})

describe('upstreams', () => {
  const at = (url: string) =>
    `providers: { openai: { api_key: sk-upstream-openai, base_url: "${url}/v1" } }`

  it('are asked with --ask only', async () => {
    const upstream = await upstreamForTest()
    const silent = await run(at(upstream.url), ['whatever']).ended
    expect(upstream.calls).toEqual([])
    expect(silent.code).toBe(0)
    const { code, stdout } = await run(at(upstream.url), ['--ask']).ended
    expect(stdout).toMatch(/ok: openai: answers: \d+ models in \d+ ms/)
    expect(upstream.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models',
    ])
    expect(code).toBe(0)
  })

  it('that do not answer, or refuse the key, end with 1', async () => {
    const gone = await run(at('http://127.0.0.1:1'), ['--ask']).ended
    expect(gone.stdout).toContain('warning: openai: The provider did not answer.')
    expect(gone.code).toBe(1)
    const upstream = await upstreamForTest({ keys: { openai: 'sk-another' } })
    const refused = await run(at(upstream.url), ['--ask']).ended
    expect(refused.stdout).toContain('with status 401')
    expect(refused.code).toBe(1)
  })
})

describe('stores', () => {
  it('that cannot be reached end with 1, and show no password', async () => {
    const env = {
      REDIS_URL: 'redis://:secret-word@127.0.0.1:1',
      DATABASE_URL: 'postgres://user:secret-word@127.0.0.1:1/none',
    }
    const { code, stdout } = await run('demo: true', ['--ask'], env).ended
    expect(stdout).toContain('warning: Redis: ')
    expect(stdout).toContain('warning: PostgreSQL: ')
    expect(stdout).not.toContain('secret-word')
    expect(code).toBe(1)
    const silent = await run('demo: true', [], env).ended
    expect(silent.stdout).not.toContain('Redis')
    expect(silent.stdout).toContain('note: providers: there are none, so the demo model answers')
    expect(silent.code).toBe(0)
  })
})
