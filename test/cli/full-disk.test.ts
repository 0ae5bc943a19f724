/** The program where its files may not grow, or its user may not write: one line, and the rows arrive afterwards. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { MAIN, startSluice } from '../tools/cli/start.ts'
import { BACK, GONE, rowsAt } from '../tools/stores/ledger-under-test.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-files-'))
chmodSync(outer, 0o755)
afterAll(() => rmSync(outer, { recursive: true }))

const start = async (folder: string, uid?: number) => {
  const sluice = startSluice(['--port', '0'], {
    cwd: outer,
    env: { SLUICE_DATA: folder, NODE_DISABLE_COMPILE_CACHE: '1' },
    ...(uid === undefined ? {} : { uid }),
  })
  const url = await sluice.listens()
  const ids: string[] = []
  return {
    ...sluice,
    ids,
    async ask(): Promise<void> {
      const response = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'x-sluice-tags': Array.from({ length: 16 }, () => 'x'.repeat(120)).join(',') },
        body: JSON.stringify({
          model: 'demo/echo',
          messages: [{ role: 'user', content: 'hello' }],
        }),
      })
      expect(response.status).toBe(200)
      await response.text()
      ids.push(response.headers.get('x-request-id') ?? '')
    },
    linesOf: (message: string): string[] =>
      sluice.written.stdout.split('\n').filter((line) => line.includes(message)),
  }
}

const idsAt = async (folder: string): Promise<string[]> =>
  (await rowsAt({ folder })).map((row) => row.request_id)

const hasPrlimit = spawnSync('prlimit', ['--version']).status === 0

it.runIf(hasPrlimit)(
  'serves though no file may grow, and writes the rows when files may',
  async () => {
    const folder = join(outer, 'limited')
    const sluice = await start(folder)
    await sluice.ask()
    await expect.poll(() => idsAt(folder)).toEqual(sluice.ids)
    const limit = (bytes: string): void =>
      void execFileSync('prlimit', [
        '--pid',
        String(sluice.process.pid),
        `--fsize=${bytes}:unlimited`,
      ])
    limit('4096')
    await expect
      .poll(async () => {
        await sluice.ask()
        return sluice.linesOf(GONE).length
      })
      .toBe(1)
    for (let at = 0; at < 20; at++) await sluice.ask()
    expect(sluice.linesOf('ledger')).toHaveLength(1)
    limit('unlimited')
    await expect.poll(() => sluice.linesOf(BACK).length).toBe(1)
    expect(await idsAt(folder)).toEqual(sluice.ids)
    sluice.process.kill('SIGTERM')
    expect(await sluice.ended).toMatchObject({ code: 0 })
  },
)

const NOBODY = 65_534

/** As root only, and if others may read this program. */
const canBeNobody =
  process.getuid?.() === 0 &&
  spawnSync(process.execPath, ['-e', 'require("fs").accessSync(process.argv[1])', MAIN], {
    uid: NOBODY,
    gid: NOBODY,
  }).status === 0

it.runIf(canBeNobody)('serves as a user who may not write the folder, until it may', async () => {
  const folder = join(outer, 'of-root')
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  const sluice = await start(folder, NOBODY)
  for (let at = 0; at < 3; at++) await sluice.ask()
  await expect.poll(() => sluice.linesOf('ledger')).toEqual([expect.stringContaining(GONE)])
  chmodSync(folder, 0o777)
  await expect.poll(() => sluice.linesOf(BACK).length).toBe(1)
  expect(await idsAt(folder)).toEqual(sluice.ids)
})
