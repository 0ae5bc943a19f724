/** `sluice audit` and `sluice backup`: what they refuse, and how. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startSluice } from '../tools/cli/start.ts'

const outer = mkdtempSync(join(tmpdir(), 'sluice-audit-'))
afterAll(() => rmSync(outer, { recursive: true }))

const run = (cwd: string, args: readonly string[], env: Record<string, string> = {}) =>
  startSluice(args, { cwd, env }).ended

const emptyFolder = (): string => mkdtempSync(join(outer, 'cwd-'))

describe('sluice audit', () => {
  it('reports nothing before the first row, and makes no folder', async () => {
    const cwd = emptyFolder()
    const { code, stdout } = await run(cwd, ['audit', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ data: [], has_more: false })
    expect(existsSync(join(cwd, '.sluice'))).toBe(false)
  })

  it.each([
    [['--limit', '0'], "'limit' must be a number from 1 to 1000.\n"],
    [['--limit', 'many'], "'limit' must be a number from 1 to 1000.\n"],
    [['--since', 'yesterday'], "'since' must be a date"],
  ])('refuses %j in one sentence', async (args, sentence) => {
    const { code, stdout, stderr } = await run(emptyFolder(), ['audit', ...args])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr.startsWith(sentence)).toBe(true)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  it('reports in one sentence that its database cannot be read', async () => {
    const { code, stderr } = await run(emptyFolder(), ['audit'], {
      DATABASE_URL: 'postgres://user:secret-word@127.0.0.1:1/none',
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^The audit cannot be read: .*\.\n$/)
    expect(stderr).not.toContain('secret-word')
  })
})

describe('sluice backup', () => {
  it('wants a file', async () => {
    const { code, stderr } = await run(emptyFolder(), ['backup'])
    expect(code).toBe(2)
    expect(stderr).toContain("missing required argument 'file'")
  })
})
