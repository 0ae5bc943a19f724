/** `/docs`: one file, which asks for `/openapi.json` and nothing else. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sluiceForTest } from '../../tools/app/house.ts'

const KEY = 'sk-one-of-these'

describe('the page', () => {
  it('is opened without a key, and says nothing of the server', async () => {
    const sluice = await sluiceForTest({ keys: [{ key: KEY, name: 'one' }] })
    const { status, headers, text } = await sluice.send('/docs')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(text).not.toContain('/api/sessions')
    expect(await sluice.send('/docs', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
  })

  it('runs and shows only what is in its file', async () => {
    const sluice = await sluiceForTest()
    const { headers, text } = await sluice.send('/docs')
    const policy = String(headers['content-security-policy'])
    const hashes = ['script', 'style'].map((element) => {
      const inside = new RegExp(`<${element}>([\\s\\S]*?)</${element}>`).exec(text)?.[1] ?? ''
      return `'sha256-${createHash('sha256').update(inside).digest('base64')}'`
    })
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src ${hashes[0]};`)
    expect(policy).toContain(`style-src ${hashes[1]};`)
    expect(policy).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(text).not.toMatch(/<[^>]+\s(?:on\w+|style|src)=/)
    expect(text).not.toMatch(/https?:\/\//)
    expect(text).not.toContain('innerHTML')
  })
})
