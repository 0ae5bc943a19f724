/** Pages in Chromium, by its own protocol. Everything is closed after the test. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { closeLater } from '../app/house.ts'

const PROGRAM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--remote-debugging-port=0',
]

type Fields = Readonly<Record<string, unknown>>

interface Reply {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly params?: Fields
  readonly result?: Fields
  readonly error?: { readonly message: string }
}

export interface Page {
  open(url: string): Promise<void>
  /** The value of an expression, once its promise has settled. */
  evaluate<Value>(expression: string): Promise<Value>
  resize(size: { readonly width: number; readonly height: number }): Promise<void>
  /** The addresses of all requests so far. */
  readonly requests: readonly string[]
  /** Errors and warnings in its console, and exceptions that nothing caught. */
  readonly faults: readonly string[]
}

export interface Chromium {
  openPage(): Promise<Page>
  close(): Promise<void>
}

export const startChromium = async (): Promise<Chromium> => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chromium-'))
  const child = spawn(PROGRAM, [...FLAGS, `--user-data-dir=${folder}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => void child.once('close', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    void ended.then(() => reject(new Error('Chromium has ended')))
    createInterface({ input: child.stderr }).on('line', (line) => {
      const found = /DevTools listening on (\S+)/.exec(line)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  const wire = await connect(address)
  return closeLater({
    openPage: () => openPage(wire),
    async close() {
      wire.close()
      child.kill('SIGKILL')
      await ended
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  })
}

interface Wire {
  send(method: string, params?: Fields, sessionId?: string): Promise<Fields>
  listen(sessionId: string, on: (method: string, params: Fields) => void): void
  close(): void
}

const connect = async (address: string): Promise<Wire> => {
  const socket = new WebSocket(address)
  const waiting = new Map<number, (reply: Reply) => void>()
  const listeners = new Map<string, (method: string, params: Fields) => void>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply
    if (reply.id !== undefined) return waiting.get(reply.id)?.(reply)
    listeners.get(reply.sessionId ?? '')?.(reply.method ?? '', reply.params ?? {})
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true })
    socket.addEventListener('error', () => reject(new Error('no connection to Chromium')))
  })
  return {
    send: (method, params = {}, sessionId = undefined) =>
      new Promise((resolve, reject) => {
        const id = ++last
        waiting.set(id, ({ result, error }) => {
          waiting.delete(id)
          if (error) reject(new Error(`${method}: ${error.message}`))
          else resolve(result ?? {})
        })
        socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }))
      }),
    listen: (sessionId, on) => void listeners.set(sessionId, on),
    close: () => socket.close(),
  }
}

const openPage = async (wire: Wire): Promise<Page> => {
  const { targetId } = await wire.send('Target.createTarget', { url: 'about:blank' })
  const attached = await wire.send('Target.attachToTarget', { targetId, flatten: true })
  const sessionId = attached['sessionId'] as string
  const send = (method: string, params?: Fields) => wire.send(method, params, sessionId)
  const requests: string[] = []
  const faults: string[] = []
  let onLoad = (): void => undefined
  wire.listen(sessionId, (method, params) => {
    if (method === 'Page.loadEventFired') onLoad()
    if (method === 'Network.requestWillBeSent')
      requests.push((params['request'] as { url: string }).url)
    if (method === 'Runtime.exceptionThrown') faults.push(JSON.stringify(params))
    if (method === 'Log.entryAdded') {
      const { level, text } = params['entry'] as { level: string; text: string }
      if (level === 'error' || level === 'warning') faults.push(text)
    }
  })
  for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await send(`${domain}.enable`)

  return {
    requests,
    faults,
    async open(url) {
      const loaded = new Promise<void>((resolve) => {
        onLoad = resolve
      })
      await send('Page.navigate', { url })
      await loaded
    },
    async evaluate<Value>(expression: string) {
      const { result, exceptionDetails } = await send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      })
      if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails))
      return (result as { value: Value }).value
    },
    async resize({ width, height }) {
      const isPhone = width < 600
      await send('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: isPhone,
      })
    },
  }
}
