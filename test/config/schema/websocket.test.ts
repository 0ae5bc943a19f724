/** Where WebSockets are offered. */
import { expect, it } from 'vitest'
import { loadFile } from '../../tools/config/load-file.ts'

const load = async (env: Record<string, string>, file?: string) =>
  (await loadFile(file, env)).options

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
