import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { load, loadFile, refusal } from '../../tools/config/load-file.ts'

describe('workers', () => {
  it('are one process, unless the command line, the file or the environment says otherwise', async () => {
    expect((await load()).workers).toBe(1)
    expect((await load({ SLUICE_WORKERS: '3' })).workers).toBe(3)
    expect((await loadFile('server: { workers: 4 }', { SLUICE_WORKERS: '3' })).workers).toBe(4)
    const flags = { workers: '5' }
    expect((await loadFile('server: { workers: 4 }', {}, flags)).workers).toBe(5)
  })

  it('are as many as there are cores, if that is wanted', async () => {
    expect((await load({ SLUICE_WORKERS: 'auto' })).workers).toBe(availableParallelism())
    expect((await loadFile('server: { workers: auto }')).workers).toBe(availableParallelism())
  })

  it.each(['0', '129', 'many', '1.5', '-1'])('are never %s', async (count) => {
    const bounds = 'must be auto, or a whole number from 1 to 128.'
    expect(await refusal(load({}, { workers: count }))).toEqual([`--workers ${bounds}`])
    expect(await refusal(load({ SLUICE_WORKERS: count }))).toEqual([`SLUICE_WORKERS ${bounds}`])
    const lines = await refusal(loadFile(`server: { workers: ${count} }`))
    expect(lines.join()).toContain('server.workers')
  })
})
