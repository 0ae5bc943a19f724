/** The OTLP receiver of the OpenTelemetry Collector, built from its published modules. */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { closeLater } from '../app/house.ts'
import { freePort } from '../servers/free-port.ts'

const folder = new URL('collector/', import.meta.url).pathname
const built = createHash('sha256')
for (const name of ['main.go', 'go.mod', 'go.sum']) built.update(readFileSync(join(folder, name)))
const binary = join(tmpdir(), `sluice-otlp-receiver-${built.digest('hex').slice(0, 16)}`)

/** Later runs find it again. It takes a minute of one core, which others may have first. */
export const buildCollector = async (): Promise<void> => {
  if (existsSync(binary)) return
  const unfinished = `${binary}-${process.pid}`
  await promisify(execFile)('nice', ['go', 'build', '-p', '1', '-o', unfinished, '.'], {
    cwd: folder,
  })
  renameSync(unfinished, binary)
}

/** Whether Go is installed, and its modules are served here. */
export const canBuildCollector = async (): Promise<boolean> =>
  existsSync(binary) ||
  promisify(execFile)('go', ['mod', 'download'], { cwd: folder }).then(
    () => true,
    () => false,
  )

export interface Collector {
  readonly url: string
  /** What it has received, as it writes it again: the JSON of OTLP. */
  readonly requests: readonly string[]
}

/** Ended after the test. */
export const startCollector = async (): Promise<Collector> => {
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(binary, [address], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  closeLater({
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  })
  const requests: string[] = []
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the collector has ended')))
    createInterface({ input: child.stdout }).on('line', (line) => {
      // The first line says that it listens.
      if (line === '{}') resolve()
      else requests.push(line)
    })
  })
  return { url: `http://${address}`, requests }
}
