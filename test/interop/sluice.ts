/** A gateway of the checkout, started as its users start it: by environment alone. */
import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Sluice = {
  url: string
  child: ChildProcess
  /** Everything it has printed, as far as it was read. */
  output: () => string
  close: () => Promise<void>
}

export type Start = {
  fromSource?: boolean
  /** For Node. */
  flags?: readonly string[]
  stdio?: StdioOptions
  /** Leaves what it prints on standard output unread. */
  deaf?: boolean
}

const CHECKOUT = join(import.meta.dirname, '../..')
const ANSWERS_WITHIN_MS = 5_000
const READY_WITHIN_MS = 60_000
const GONE_WITHIN_MS = 15_000

const BUILT = ['dist/main.js']
const SOURCE = ['src/cli/main.ts']

export const startSluice = async (
  env: Record<string, string>,
  { fromSource = false, flags = [], stdio = ['ignore', 'pipe', 'pipe'], deaf = false }: Start = {},
): Promise<Sluice> => {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const data = await mkdtemp(join(tmpdir(), 'sluice-data-'))
  const child = spawn(process.execPath, [...flags, ...(fromSource ? SOURCE : BUILT)], {
    cwd: CHECKOUT,
    env: { PATH: dirname(process.execPath), PORT: String(port), SLUICE_DATA: data, ...env },
    stdio,
  })
  let output = ''
  for (const stream of deaf ? [child.stderr] : [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const exited = once(child, 'exit')
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)

  const close = async () => {
    process.off('exit', kill)
    child.kill('SIGTERM')
    const timer = setTimeout(kill, GONE_WITHIN_MS)
    await exited
    clearTimeout(timer)
    await rm(data, { recursive: true, force: true })
  }

  for (const startedAt = Date.now(); ; await sleep(25)) {
    if (await isReady(url)) return { url, child, output: () => output, close }
    if (
      child.exitCode === null &&
      child.signalCode === null &&
      Date.now() - startedAt < READY_WITHIN_MS
    )
      continue
    await close()
    throw new Error(`the gateway did not become ready: ${output.slice(-2000)}`)
  }
}

const isReady = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) }))
      .ok
  } catch {
    return false
  }
}

const findFreePort = async (): Promise<number> => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
