/** A running process loads its file again: on SIGHUP, and when the file changes. */
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { CHAT, chatBody } from '../tools/app/asks.ts'
import { callsOf, upstreamForTest } from '../tools/app/house.ts'
import { send } from '../tools/app/send.ts'
import { eventually, PATIENCE_MS, within } from '../tools/app/within.ts'
import { checkChatStream } from '../tools/checkers/index.ts'
import { hasPython, startInTerminal } from '../tools/cli/in-terminal.ts'
import { LISTENS, type Started, startSluice } from '../tools/cli/start.ts'

const USED = 'the configuration was loaded, and is used from now on'
const SAME = 'the configuration was loaded, and is the same'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0).toReversed()) close()
})

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-reload-'))
  open.push(() => rmSync(folder, { recursive: true }))
  return folder
}

/** @param signals whether the file is loaded on a signal only. */
const withKey = (key: string, signals = false): string =>
  `server: { port: 0, reload_on_change: ${!signals} }\nkeys: [${key}]\ndemo: {}\n`

const start = async (cwd: string, args: readonly string[] = [], env = {}) => {
  const sluice = startSluice(args, { cwd, env })
  return { sluice, url: await sluice.listens() }
}

const logged = (sluice: Started, text: string, times = 1): Promise<void> =>
  eventually(
    `${text}, ${times} times`,
    () => sluice.lines().filter(({ msg }) => String(msg).includes(text)).length >= times,
  )

const statusOf = async (url: string, key: string): Promise<number> =>
  (await send(url, CHAT, { body: chatBody(), headers: { authorization: `Bearer ${key}` } })).status

const both = async (url: string) => [await statusOf(url, 'key-one'), await statusOf(url, 'key-two')]

describe('SIGHUP', () => {
  it('loads the file again, and a stream in progress does not notice', async () => {
    const cwd = newFolder()
    const upstream = await upstreamForTest({
      reply: () => ({ parts: [{ text: 'one two three' }], pieces: 3, paceMs: 300 }),
    })
    const write = (name: string): void =>
      writeFileSync(
        join(cwd, 'sluice.yaml'),
        `server: { port: 0, reload_on_change: false }\nkeys: [key-one]\nproviders:\n  ${name}: { vendor: openai, base_url: '${upstream.url}/v1', api_key: sk-upstream-openai }\n`,
      )
    write('before')
    const { sluice, url } = await start(cwd)
    const stream = () =>
      send(url, CHAT, {
        body: chatBody('hello', { stream: true }),
        headers: { authorization: 'Bearer key-one' },
      })
    const answer = stream()
    await eventually('it has begun', () => callsOf(upstream).length === 1)
    write('after')
    sluice.process.kill('SIGHUP')
    await logged(sluice, USED)
    const { bytes, broken, headers } = await answer
    expect(broken).toBe(false)
    expect(checkChatStream(bytes)).toEqual([])
    expect(headers['x-sluice-target']).toMatch(/^before\//)
    expect((await stream()).headers['x-sluice-target']).toMatch(/^after\//)
  })

  it('says that nothing has changed', async () => {
    const cwd = newFolder()
    writeFileSync(join(cwd, 'sluice.yaml'), withKey('key-one', true))
    const { sluice } = await start(cwd)
    sluice.process.kill('SIGHUP')
    await logged(sluice, SAME)
  })

  it('does not end a process that has no file', async () => {
    const { sluice, url } = await start(newFolder(), [], { PORT: '0' })
    sluice.process.kill('SIGHUP')
    await logged(sluice, SAME)
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  it('loads the file that the command line names', async () => {
    const cwd = newFolder()
    const path = join(cwd, 'other.yaml')
    writeFileSync(path, withKey('key-one', true))
    const { sluice, url } = await start('/', ['--config', path])
    writeFileSync(path, withKey('key-two', true))
    sluice.process.kill('SIGHUP')
    await logged(sluice, USED)
    expect(await both(url)).toEqual([401, 200])
  })
})

describe.skipIf(!hasPython)('a process in a terminal', () => {
  it('loads its configuration on SIGHUP, and stops when the terminal is closed', async () => {
    const started = await startInTerminal(newFolder(), { PORT: '0' })
    open.push(started.kill)
    await eventually('it listens', () => LISTENS.test(started.shown()))
    process.kill(started.pid, 'SIGHUP')
    await eventually('it has loaded', () => started.shown().includes(SAME))
    expect(await within(PATIENCE_MS, 'its end', started.close())).toBe(0)
  })
})

describe('a change of the file', () => {
  it('is used at once, and a file with a fault is named by its line and keeps the earlier one', async () => {
    const cwd = newFolder()
    const path = join(cwd, 'sluice.yaml')
    writeFileSync(path, withKey('key-one'))
    const { sluice, url } = await start(cwd)
    expect(await both(url)).toEqual([200, 401])

    writeFileSync(path, `${withKey('key-two')}nonsense: true\n`)
    await logged(sluice, 'sluice.yaml:4: nonsense')
    expect(await both(url)).toEqual([200, 401])

    writeFileSync(path, withKey('key-two'))
    await logged(sluice, USED)
    expect(await both(url)).toEqual([401, 200])
    expect(sluice.written.stdout).not.toMatch(/key-one|key-two/)
  })

  it('is seen when an editor replaces the file, and when the file is gone the earlier one stays', async () => {
    const cwd = newFolder()
    const path = join(cwd, 'sluice.yaml')
    writeFileSync(path, withKey('key-one'))
    const { sluice, url } = await start(cwd)
    writeFileSync(join(cwd, 'swap'), withKey('key-two'))
    renameSync(join(cwd, 'swap'), path)
    await logged(sluice, USED)
    expect(await both(url)).toEqual([401, 200])

    unlinkSync(path)
    await logged(sluice, 'sluice.yaml does not exist any more')
    expect(await both(url)).toEqual([401, 200])

    writeFileSync(path, withKey('key-one'))
    await logged(sluice, USED, 2)
    expect(await both(url)).toEqual([200, 401])
  })

  it('is seen behind symbolic links', async () => {
    const cwd = newFolder()
    for (const [name, key] of [
      ['first', 'key-one'],
      ['second', 'key-two'],
    ] as const) {
      mkdirSync(join(cwd, name))
      writeFileSync(join(cwd, name, 'sluice.yaml'), withKey(key))
    }
    symlinkSync('first', join(cwd, '..data'))
    symlinkSync('..data/sluice.yaml', join(cwd, 'sluice.yaml'))
    const { sluice, url } = await start(cwd)
    symlinkSync('second', join(cwd, '..new'))
    renameSync(join(cwd, '..new'), join(cwd, '..data'))
    await logged(sluice, USED)
    expect(await both(url)).toEqual([401, 200])
  })

  it('is not seen if the file says so, until a signal', async () => {
    const cwd = newFolder()
    const path = join(cwd, 'sluice.yaml')
    writeFileSync(path, withKey('key-one', true))
    const { sluice, url } = await start(cwd)
    writeFileSync(path, withKey('key-two'))
    await sleep(3_000)
    expect(await both(url)).toEqual([200, 401])
    sluice.process.kill('SIGHUP')
    await logged(sluice, USED)
    expect(await both(url)).toEqual([401, 200])
    // Now it says otherwise.
    writeFileSync(path, withKey('key-one'))
    await logged(sluice, USED, 2)
    expect(await both(url)).toEqual([200, 401])
  })
})
