/** The secrets of the environment are in nothing that the program writes. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { type Started, startSluice } from '../tools/cli/start.ts'
import { bytesBelow, findPlanted } from '../tools/server/tenancy/planted.ts'

const cwd = mkdtempSync(join(tmpdir(), 'sluice-secrets-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const start = (args: readonly string[], env: Record<string, string>): Started =>
  startSluice(args, { cwd, env })

const SECRETS = {
  caller: 'secret-of-the-caller-1',
  admin: 'secret-of-the-admin-2',
  upstream: 'secret-of-the-upstream-3',
  database: 'secret/of+the database-4',
  redis: 'secret/of+the redis-5',
  proxy: 'secret/of+the proxy-6',
}

/** Nothing listens there. */
const at = (user: string, secret: string) => `${user}:${encodeURIComponent(secret)}@127.0.0.1:1`

const ENV = {
  LOG_LEVEL: 'trace',
  SLUICE_API_KEYS: SECRETS.caller,
  SLUICE_ADMIN_KEY: SECRETS.admin,
  OPENAI_API_KEY: SECRETS.upstream,
  DATABASE_URL: `postgres://${at('sluice', SECRETS.database)}/sluice`,
  REDIS_URL: `redis://${at('sluice', SECRETS.redis)}`,
  HTTPS_PROXY: `http://${at('user', SECRETS.proxy)}`,
  HTTP_PROXY: `http://${at('user', SECRETS.proxy)}`,
}

it('are in no log, file, error, report or title of the process', async () => {
  const sluice = start(['--port', '0'], ENV)
  const url = await sluice.listens()
  const shown: string[] = []
  const send = async (path: string, key: string, body?: object) => {
    const response = await fetch(url + path, {
      headers: { authorization: `Bearer ${key}` },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    })
    return [await response.text(), JSON.stringify([...response.headers])]
  }
  const ask = async (...call: Parameters<typeof send>) => void shown.push(...(await send(...call)))
  const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }
  // The proxy cannot be reached, and neither can the stores.
  await ask('/v1/chat/completions', SECRETS.caller, body)
  // A client is shown its own words.
  await send('/v1/chat/completions', SECRETS.caller, { ...body, model: SECRETS.database })
  await ask('/v1/chat/completions', SECRETS.redis, body)
  for (const path of ['/v1/usage', '/v1/models', '/admin', '/admin/usage', '/nowhere'])
    for (const key of [SECRETS.caller, SECRETS.admin]) await ask(path, key)
  const { pid } = sluice.process
  const title =
    readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/comm`, 'utf8')
  sluice.process.kill('SIGTERM')
  const { stdout, stderr } = await sluice.ended
  const usage = await start(['usage'], ENV).ended
  expect(stdout).toContain('"msg":"call"')
  expect(usage.stderr).toContain('cannot be read')
  const all = [stdout, stderr, title, usage.stdout, usage.stderr, bytesBelow(cwd), ...shown]
  expect(findPlanted(all.join('\n'), Object.values(SECRETS))).toEqual([])
}, 60_000)

it.each([
  ['DATABASE_URL', { DATABASE_URL: 'postgres://u:secret-of-a-port%@h/x' }],
  ['REDIS_URL', { REDIS_URL: 'redis://u:secret-of-a-port%@h' }],
  ['HTTPS_PROXY', { HTTPS_PROXY: 'socks://u:secret-of-a-port@h' }],
  ['OPENAI_BASE_URL', { OPENAI_API_KEY: 'x', OPENAI_BASE_URL: 'http://u:secret-of-a-port@h' }],
  ['OPENAI_API_KEY', { OPENAI_API_KEY: 'secret-of-a-port\u0007' }],
])('a bad %s is refused in a sentence that does not quote it', async (name, env) => {
  const { code, stderr, stdout } = await start(['--port', '0'], env).ended
  expect(code).toBe(2)
  expect(stderr).toContain(name)
  expect(stderr + stdout).not.toContain('secret-of-a-port')
})
