/** Whatever happens to the logs, calls are served and the process ends on a signal. */
import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { PATIENCE_MS, within } from '../tools/app/within.ts'
import { type Started, startSluice } from '../tools/cli/start.ts'

const cwd = mkdtempSync(join(tmpdir(), 'sluice-'))
afterAll(() => rmSync(cwd, { recursive: true }))

const descriptors: number[] = []
afterEach(() => {
  for (const descriptor of descriptors.splice(0)) closeSync(descriptor)
})

const open = (path: string, flags: number): number => {
  const descriptor = openSync(path, flags)
  descriptors.push(descriptor)
  return descriptor
}

let pipes = 0
const makePipe = (): string => {
  const path = join(cwd, `pipe-${pipes++}`)
  spawnSync('mkfifo', [path])
  return path
}

const { O_RDONLY, O_RDWR, O_WRONLY, O_NONBLOCK } = constants

const OUTPUTS: readonly (readonly [string, () => number])[] = [
  ['a full disk', () => open('/dev/full', O_WRONLY)],
  ['a pipe that nobody reads', () => open(makePipe(), O_RDWR)],
  [
    'a closed pipe',
    () => {
      const path = makePipe()
      const reader = openSync(path, O_RDONLY | O_NONBLOCK)
      const writer = open(path, O_WRONLY)
      closeSync(reader)
      return writer
    },
  ],
]

const call = async (url: string): Promise<number> => {
  const { status } = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'demo/echo', messages: [{ role: 'user', content: 'x' }] }),
  })
  return status
}

/** Their lines are more than a pipe holds. */
const callOften = async (url: string): Promise<void> => {
  for (let round = 0; round < 60; round++)
    expect(await Promise.all(Array.from({ length: 5 }, () => call(url)))).toEqual(
      Array.from({ length: 5 }, () => 200),
    )
}

const start = (stdout: number, env: Record<string, string> = {}): Started =>
  startSluice([], { cwd, env: { PORT: '0', ...env }, stdout })

describe.skipIf(process.platform === 'win32').each(OUTPUTS)('with logs on %s', (_, toOutput) => {
  it('every call is served, and SIGTERM ends the process', async () => {
    const sluice = start(toOutput())
    const url = await sluice.listens()
    await callOften(url)
    sluice.process.kill('SIGTERM')
    const ended = await within(PATIENCE_MS, 'the process ends', sluice.ended)
    expect(ended).toMatchObject({ code: 0, signal: null })
  })

  it('a crash also ends the process', async () => {
    const crash = "process.on('SIGUSR2', () => { throw new Error('crash') })"
    const sluice = start(toOutput(), {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(crash)}`,
    })
    const url = await sluice.listens()
    await callOften(url)
    sluice.process.kill('SIGUSR2')
    const ended = await within(PATIENCE_MS, 'the process ends', sluice.ended)
    expect(ended).toMatchObject({ code: 1, signal: null })
  })
})

it('a full disk for standard error does not end the process either', async () => {
  const program = `
    import { say } from ${JSON.stringify(new URL('../../src/cli/exit.ts', import.meta.url).href)}
    say('one')
    setTimeout(() => { say('two'); setTimeout(() => process.exit(7), 50) }, 50)`
  const options = ['--conditions=source', '--input-type=module-typescript', '--eval', program]
  for (const flags of [O_WRONLY, O_RDWR]) {
    const { status } = spawnSync(process.execPath, options, {
      stdio: ['ignore', 'ignore', open('/dev/full', flags)],
    })
    expect(status).toBe(7)
  }
})
