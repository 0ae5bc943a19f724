/** Where WebSockets are offered. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from '#config'

let cwd = ''

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sluice-'))
})

afterEach(() => rmSync(cwd, { recursive: true }))

const load = async (env: Record<string, string>, file?: string) => {
  if (file !== undefined) writeFileSync(join(cwd, 'sluice.yaml'), file)
  return (await loadConfig({ env, cwd })).options
}

it('is a separate port if the environment or the file names one, and the file wins', async () => {
  expect(await load({})).not.toHaveProperty('webSocketPort')
  expect((await load({ WEBSOCKET_PORT: '4001' })).webSocketPort).toBe(4001)
  const file = 'server: { websocket_port: 4002, responses_websocket: false }'
  expect(await load({ WEBSOCKET_PORT: '4001' }, file)).toMatchObject({
    webSocketPort: 4002,
    responsesWebSocket: false,
  })
})

it('names the variable that is not a port', async () => {
  await expect(load({ WEBSOCKET_PORT: 'many' })).rejects.toThrow('WEBSOCKET_PORT must be a port')
})
