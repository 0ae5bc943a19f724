/** The ledger of the program: no row is lost when it is stopped, and `sluice usage` reports the rows. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Ended, type Started, startSluice } from '../tools/cli/start.ts'
import { rowsAt } from '../tools/stores/ledger-under-test.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-'))
afterAll(() => rmSync(outer, { recursive: true }))

const emptyFolder = (): string => mkdtempSync(join(outer, 'cwd-'))

const start = (cwd: string, args: readonly string[], env: Record<string, string> = {}): Started =>
  startSluice(args, { cwd, env })

const run = (cwd: string, ...args: readonly string[]): Promise<Ended> =>
  start(cwd, ['usage', ...args]).ended

/** @returns the request id of the answer. */
const ask = async (url: string): Promise<string> => {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({
      model: 'demo/echo',
      messages: [{ role: 'user', content: '[[say yes]]' }],
    }),
  })
  await response.text()
  return response.headers.get('x-request-id') ?? ''
}

describe('the ledger of the program', () => {
  it('has every call after SIGTERM, and makes its folder with the first one', async () => {
    const cwd = emptyFolder()
    const sluice = start(cwd, ['--port', '0'])
    const url = await sluice.listens()
    expect(existsSync(join(cwd, '.sluice'))).toBe(false)
    const ids = await Promise.all(Array.from({ length: 50 }, () => ask(url)))
    sluice.process.kill('SIGTERM')
    const { code, stderr } = await sluice.ended
    expect(code).toBe(0)
    expect(stderr).not.toMatch(/warning/i)
    const rows = await rowsAt({ folder: join(cwd, '.sluice') })
    expect(rows.map((row) => row.request_id).toSorted()).toEqual(ids.toSorted())
  })

  // A machine may be so busy that a batch takes longer to write than the bound allows.
  it('lacks the calls of at most 250 ms after SIGKILL', { retry: 3 }, async () => {
    const cwd = emptyFolder()
    const sluice = start(cwd, ['--port', '0'])
    const url = await sluice.listens()
    await ask(url)
    const folder = join(cwd, '.sluice')
    await expect.poll(() => existsSync(join(folder, 'sluice.db'))).toBe(true)
    await expect.poll(async () => (await rowsAt({ folder })).length).toBe(1)
    const answered: [id: string, at: number][] = []
    const end = performance.now() + 1_500
    while (performance.now() < end) answered.push([await ask(url), performance.now()])
    const killedAt = performance.now()
    sluice.process.kill('SIGKILL')
    await sluice.ended
    const found = new Set((await rowsAt({ folder })).map((row) => row.request_id))
    const missing = answered.filter(([id, at]) => at < killedAt - 250 && !found.has(id))
    expect(missing).toEqual([])
    expect(answered.length).toBeGreaterThan(10)
  })

  it('serves on a disk that cannot be written, and says so in one line', async () => {
    const cwd = emptyFolder()
    const sluice = start(cwd, ['--port', '0'], { SLUICE_DATA: '/dev/null/none' })
    const url = await sluice.listens()
    for (let at = 0; at < 3; at++) {
      expect(await ask(url)).toMatch(/^req_/)
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    sluice.process.kill('SIGTERM')
    const { code, stdout } = await sluice.ended
    expect(code).toBe(0)
    const lines = stdout.split('\n').filter((line) => line.includes('the ledger'))
    expect(lines).toEqual([
      expect.stringContaining('the ledger cannot be written: calls go on, and their rows wait'),
      expect.stringContaining('rows of the ledger were lost'),
    ])
  })
})

describe('sluice usage', () => {
  it('prints a table, JSON or CSV, while the server runs', async () => {
    const cwd = emptyFolder()
    const sluice = start(cwd, ['--port', '0'])
    const url = await sluice.listens()
    for (let at = 0; at < 3; at++) await ask(url)
    await expect.poll(async () => (await rowsAt({ folder: join(cwd, '.sluice') })).length).toBe(3)

    const table = await run(cwd, '--by', 'model', '--since', '1h')
    expect(table).toMatchObject({ code: 0, stderr: '' })
    const [head = '', line = '', total = ''] = table.stdout.split('\n')
    expect(head.trim().split(/ {2,}/)).toEqual([
      'model',
      'calls',
      'input tokens',
      'output tokens',
      'cost in US $',
      'unpriced calls',
    ])
    expect(line).toMatch(/^demo\/echo +3 +\d+ +\d+ /)
    expect(total).toMatch(/^total +3 /)

    const { stdout } = await run(cwd, '--by', 'key', '--json')
    const served = await (await fetch(`${url}/v1/usage?by=key`)).json()
    expect(JSON.parse(stdout)).toEqual(served)
    expect(served).toMatchObject({ data: [{ key: 'anonymous', calls: 3 }], total: { calls: 3 } })

    const csv = await run(cwd, '--csv', '--by', 'owner')
    expect(csv.stdout).toMatch(
      /^key,calls,input_tokens,output_tokens,cost,unpriced_calls,cached_calls,saved\n,3,\d+,\d+,[\d.]*,\d,0,0\n$/,
    )
  })

  it('reports nothing before the first call, and makes no folder', async () => {
    const cwd = emptyFolder()
    const { code, stdout } = await run(cwd, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ data: [], total: { calls: 0, cost: 0 } })
    expect(existsSync(join(cwd, '.sluice'))).toBe(false)
  })

  it.each([
    [['--by', 'minute'], "'by' must be one of day, model, key, owner.\n"],
    [['--since', 'yesterday'], "'since' must be a date"],
  ])('refuses %j in one sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await run(emptyFolder(), ...args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.startsWith(sentence)).toBe(true)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('reports in one sentence that its database cannot be read', async () => {
    const sluice = start(emptyFolder(), ['usage'], {
      DATABASE_URL: 'postgres://user:secret-word@127.0.0.1:1/none',
    })
    const { code, stderr } = await sluice.ended
    expect(code).toBe(2)
    expect(stderr).toMatch(/^The ledger cannot be read: .*\.\n$/)
    expect(stderr).not.toContain('secret-word')
  })
})
