import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Ended, type Started, startSluice } from '../tools/cli/start.ts'
import { freePort } from '../tools/servers/free-port.ts'

const cwd = mkdtempSync(join(tmpdir(), 'sluice-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const start = (args: readonly string[], env: Record<string, string> = {}): Started =>
  startSluice(args, { cwd, env })

const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Ended> =>
  start(args, env).ended

/** An upstream that begins to answer, and ends on a signal. */
const startSlowUpstream = async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(
      'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n',
    )
    finish.push(() => response.end('data: [DONE]\n\n'))
  })
  const finish: (() => void)[] = []
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    finish: () => finish.splice(0).forEach((end) => end()),
    close: () => server.closeAllConnections(),
  }
}

const askFor = (url: string) =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'gpt-5.5',
      stream: true,
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  })

const toEntry = (line: string) =>
  JSON.parse(line) as { readonly msg: string; readonly time: number }

describe('sluice', () => {
  it('serves, prints its address, and logs in JSON', async () => {
    const sluice = start([], { PORT: '0' })
    const url = await sluice.listens()
    expect((await fetch(`${url}/health`)).status).toBe(200)
    sluice.process.kill('SIGTERM')
    const { code, stdout, stderr } = await sluice.ended
    expect(code).toBe(0)
    expect(stderr).toContain('the built-in demo model')
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg')
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends at once on %s if nothing is in progress',
    async (signal) => {
      const sluice = start(['serve', '--port', '0'])
      await sluice.listens()
      const before = performance.now()
      sluice.process.kill(signal)
      expect(await sluice.ended).toMatchObject({ code: 0, signal: null })
      // For a call in progress it would wait thirty seconds.
      expect(performance.now() - before).toBeLessThan(20_000)
    },
  )

  it('keeps nothing that delays its exit when it has drained, although sessions were used', async () => {
    const sluice = start([], { PORT: '0' })
    const url = await sluice.listens()
    const body = JSON.stringify({ message: 'Hello', session_id: 'mine' })
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const answer = await fetch(`${url}/chat/stream`, { method: 'POST', headers, body })
    expect(await answer.text()).toContain('"type":"done"')
    sluice.process.kill('SIGTERM')
    const { code, stdout } = await sluice.ended
    const endedAt = Date.now()
    expect(code).toBe(0)
    const drained = stdout
      .trim()
      .split('\n')
      .map(toEntry)
      .find(({ msg }) => msg === 'drained')
    // What a closed worker thread or a forgotten timer would add is seconds.
    expect(endedAt - (drained?.time ?? 0)).toBeLessThan(5_000)
  })

  it('lets a call in progress end first', async () => {
    const upstream = await startSlowUpstream()
    const sluice = start([], { PORT: '0', OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-1' })
    const answer = await askFor(await sluice.listens())
    sluice.process.kill('SIGTERM')
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(sluice.process.exitCode).toBe(null)
    upstream.finish()
    expect(await answer.text()).toContain('[DONE]')
    expect((await sluice.ended).code).toBe(0)
    upstream.close()
  })

  it.each([
    ['nothing', ''],
    ['half a request head', 'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nx-a: b'],
    [
      'an answer, and half of the next request head',
      'GET /health HTTP/1.1\r\nhost: localhost\r\n\r\nGET /health HTTP/1.1\r\nhost: loc',
    ],
  ])('does not wait for a client that has sent %s', async (_what, bytes) => {
    const sluice = start([], { PORT: '0', WEBSOCKET_PORT: `${await freePort()}` })
    const url = await sluice.listens()
    const ports = [new URL(url).port, /websockets +on ws:.*:(\d+)/.exec(sluice.written.stderr)?.[1]]
    const sockets = ports.map((port) =>
      connect(Number(port), '127.0.0.1').on('error', () => undefined),
    )
    for (const socket of sockets) {
      await once(socket, 'connect')
      socket.resume()
      if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve))
    }
    // A later request is answered only when the earlier ones have been read.
    await fetch(`${url}/health`)
    const before = performance.now()
    sluice.process.kill('SIGTERM')
    expect(await sluice.ended).toMatchObject({ code: 0, signal: null })
    // For a call in progress it would be thirty seconds.
    expect(performance.now() - before).toBeLessThan(15_000)
  })

  it('does not wait any longer after a second signal', async () => {
    const upstream = await startSlowUpstream()
    const sluice = start([], { PORT: '0', OPENAI_BASE_URL: upstream.url, OPENAI_API_KEY: 'sk-1' })
    const answer = await askFor(await sluice.listens())
    const cut = answer.text().catch(() => 'cut')
    sluice.process.kill('SIGINT')
    // What npm and a terminal send both is one request, so the second one comes later.
    sluice.process.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(sluice.process.exitCode).toBe(null)
    sluice.process.kill('SIGINT')
    expect((await sluice.ended).code).toBe(1)
    await cut
    upstream.close()
  })

  it('reports in one sentence that its port is taken', async () => {
    const first = start(['-p', '0'])
    const port = new URL(await first.listens()).port
    expect(await run(['-p', port])).toEqual({
      code: 2,
      signal: null,
      stdout: '',
      stderr: `Port ${port} of 127.0.0.1 is taken: stop what listens there, or set another with PORT or --port.\n`,
    })
  })

  it('names the variable of the port that is taken, if WebSockets have their own', async () => {
    const first = start(['-p', '0'])
    const port = new URL(await first.listens()).port
    expect((await run(['-p', '0'], { WEBSOCKET_PORT: port })).stderr).toBe(
      `Port ${port} of 127.0.0.1 is taken: stop what listens there, or set another with WEBSOCKET_PORT.\n`,
    )
  })

  it.each<[string, string[], Record<string, string>, string]>([
    [
      'an address of another machine',
      ['--host', '192.0.2.7'],
      { SLUICE_API_KEYS: 'key' },
      'The address to listen on is none of this machine: set another with HOST or --host.\n',
    ],
    [
      'a host beyond loopback without a key',
      [],
      { HOST: '0.0.0.0' },
      '0.0.0.0 can be reached from other machines, so callers need a key: set SLUICE_API_KEYS, or keys in sluice.yaml.\n',
    ],
    [
      'a proxy that is none',
      [],
      { HTTPS_PROXY: 'http://user:secret@' },
      'HTTPS_PROXY must be an http:// or https:// URL.\n',
    ],
    [
      'a proxy of another kind',
      [],
      { http_proxy: 'socks5://127.0.0.1:1080' },
      'HTTP_PROXY must be an http:// or https:// URL.\n',
    ],
    [
      'a proxy whose password is not encoded',
      [],
      { HTTPS_PROXY: 'http://user:50%zz@proxy.example' },
      'HTTPS_PROXY must have its user name and password percent-encoded.\n',
    ],
    ['a bad port', [], { PORT: 'x' }, 'PORT must be a port number from 0 to 65535.\n'],
    [
      'a file that is not there',
      [],
      { SLUICE_CONFIG: 'gone.yaml' },
      'SLUICE_CONFIG names gone.yaml, which does not exist.\n',
    ],
    ['an option that is none', ['--bogus'], {}, "error: unknown option '--bogus'\n"],
    ['a command that is none', ['bogus'], {}, 'error: too many arguments'],
  ])('refuses %s in one sentence', async (_what, args, env, sentence) => {
    const { code, stdout, stderr } = await run(args, env)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.startsWith(sentence)).toBe(true)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('reports the wrong line of the file, and checks it without serving', async () => {
    const path = join(cwd, 'bad.yaml')
    writeFileSync(path, 'keys:\n  - ${NO_SUCH_KEY}\n')
    const fault = 'bad.yaml:2: keys.0: the variable NO_SUCH_KEY is not set\n'
    expect(await run(['-c', path])).toMatchObject({ code: 2, stderr: fault })
    expect(await run(['config', 'check', '-c', path])).toMatchObject({ code: 2, stderr: fault })
    expect(await run(['config', 'check', '-c', path], { NO_SUCH_KEY: 'k' })).toMatchObject({
      code: 0,
      stdout: 'bad.yaml is fine: providers: none; keys: 1; aliases: 0.\n',
      stderr: '',
    })
  })

  it('reports that an address of its own is ignored', async () => {
    const port = `${await freePort()}`
    const sluice = start(['-p', port], { OPENAI_BASE_URL: `http://localhost:${port}/v1` })
    await sluice.says(
      /^OPENAI_BASE_URL \(http:\/\/localhost:\d+\/v1\) is Sluice's own address and is ignored\.$/m,
    )
    await sluice.listens()
  })

  it('prints its version, its help and its schema', async () => {
    const [version, help, schema] = await Promise.all([
      run(['--version']),
      run(['--help']),
      run(['config', 'schema']),
    ])
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('SLUICE_API_KEYS') })
    expect(JSON.parse(schema.stdout)).toMatchObject({ title: 'sluice.yaml', type: 'object' })
  })
})
