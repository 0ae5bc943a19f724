/** A change of a file is seen, however it is made, and once it is complete. */
import {
  appendFileSync,
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
import { watchFile, type WatchOptions } from '../../../src/config/watch/watch-file.ts'
import { eventually } from '../../tools/app/within.ts'

const folders: string[] = []
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'))
  folders.push(folder)
  return folder
}

/** Only what the system reports is seen in time, or only what is looked for. */
const REPORTED: WatchOptions = { lookEveryMs: 1e9, settleMs: 20 }
const LOOKED: WatchOptions = { lookEveryMs: 20, settleMs: 20 }

const watching = async (path: string, options: WatchOptions) => {
  let seen = 0
  ends.push(watchFile(path, () => void seen++, options))
  // It has looked for the first time.
  await sleep(200)
  return {
    sees: async (what: string, change: () => void) => {
      const before = seen
      change()
      await eventually(what, () => seen > before)
    },
    count: () => seen,
  }
}

describe.each([
  ['what the system reports', REPORTED],
  ['looking', LOOKED],
])('by %s', (_, options) => {
  it('a file that is written in place is seen', async () => {
    const path = join(newFolder(), 'sluice.yaml')
    writeFileSync(path, 'one')
    const { sees } = await watching(path, options)
    await sees('it is written', () => writeFileSync(path, 'two'))
    await sees('it is written again', () => writeFileSync(path, 'six'))
  })

  it('a file that another one replaces is seen, each time', async () => {
    const path = join(newFolder(), 'sluice.yaml')
    writeFileSync(path, 'one')
    const { sees } = await watching(path, options)
    for (const text of ['two', 'three'])
      await sees(`it is replaced by ${text}`, () => {
        writeFileSync(`${path}.new`, text)
        renameSync(`${path}.new`, path)
      })
  })

  it('a file that comes, goes and comes back is seen', async () => {
    const path = join(newFolder(), 'sluice.yaml')
    const { sees } = await watching(path, options)
    await sees('it comes', () => writeFileSync(path, 'one'))
    await sees('it goes', () => unlinkSync(path))
    await sees('it comes back', () => writeFileSync(path, 'one'))
  })

  it('a folder that is swapped behind a link is seen, as Kubernetes does it', async () => {
    const folder = newFolder()
    const fill = (name: string, text: string): void => {
      mkdirSync(join(folder, name))
      writeFileSync(join(folder, name, 'sluice.yaml'), text)
    }
    fill('..first', 'one')
    symlinkSync('..first', join(folder, '..data'))
    symlinkSync(join('..data', 'sluice.yaml'), join(folder, 'sluice.yaml'))
    const { sees } = await watching(join(folder, 'sluice.yaml'), options)
    fill('..second', 'two')
    await sees('the link is swapped', () => {
      symlinkSync('..second', join(folder, '..data_tmp'))
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'))
    })
  })
})

it('is seen where the folder itself is replaced', async () => {
  const folder = newFolder()
  const path = join(folder, 'etc', 'sluice.yaml')
  mkdirSync(join(folder, 'etc'))
  writeFileSync(path, 'one')
  const { sees } = await watching(path, LOOKED)
  await sees('the folder is replaced', () => {
    mkdirSync(join(folder, 'new'))
    writeFileSync(join(folder, 'new', 'sluice.yaml'), 'two')
    renameSync(join(folder, 'etc'), join(folder, 'old'))
    renameSync(join(folder, 'new'), join(folder, 'etc'))
  })
})

it('is seen in a folder that does not exist yet', async () => {
  const folder = newFolder()
  const { sees } = await watching(join(folder, 'later', 'sluice.yaml'), LOOKED)
  await sees('it comes', () => {
    mkdirSync(join(folder, 'later'))
    writeFileSync(join(folder, 'later', 'sluice.yaml'), 'one')
  })
})

it('is seen once, when the file has stayed the same for a while', async () => {
  const path = join(newFolder(), 'sluice.yaml')
  writeFileSync(path, '')
  const { sees, count } = await watching(path, { lookEveryMs: 50, settleMs: 400 })
  const writing = (async () => {
    for (let at = 0; at < 40; at++) {
      appendFileSync(path, 'piece\n')
      await sleep(20)
    }
    expect(count()).toBe(0)
  })()
  await sees('the last piece', () => undefined)
  await writing
  await sleep(1_000)
  expect(count()).toBe(1)
})

it('is seen while other files of the folder change all the time', async () => {
  const folder = newFolder()
  const path = join(folder, 'sluice.yaml')
  writeFileSync(path, 'one')
  const { sees } = await watching(path, REPORTED)
  const noise = setInterval(() => appendFileSync(join(folder, 'a.log'), 'x'), 5)
  try {
    await sees('it is written', () => writeFileSync(path, 'two'))
  } finally {
    clearInterval(noise)
  }
})

it('is not looked for because another file of the folder is written', async () => {
  const [folder, other] = [newFolder(), newFolder()]
  const path = join(folder, 'sluice.yaml')
  writeFileSync(join(other, 'real.yaml'), 'one')
  writeFileSync(join(folder, 'sluice.db-wal'), '')
  symlinkSync(join(other, 'real.yaml'), path)
  const { sees, count } = await watching(path, REPORTED)
  // Nothing is reported of that folder.
  writeFileSync(join(other, 'real.yaml'), 'another')
  for (let at = 0; at < 20; at++) {
    appendFileSync(join(folder, 'sluice.db-wal'), 'x')
    await sleep(20)
  }
  expect(count()).toBe(0)
  await sees('a new file comes', () => writeFileSync(join(folder, 'new'), ''))
})

it('is seen where it leads to another file of the folder that is written', async () => {
  const folder = newFolder()
  const path = join(folder, 'sluice.yaml')
  writeFileSync(join(folder, 'real.yaml'), 'one')
  symlinkSync('real.yaml', path)
  const { sees } = await watching(path, REPORTED)
  await sees('it is written', () => appendFileSync(join(folder, 'real.yaml'), 'two'))
})

it('is not seen after the end', async () => {
  const path = join(newFolder(), 'sluice.yaml')
  writeFileSync(path, 'one')
  let seen = 0
  const end = watchFile(path, () => void seen++, LOOKED)
  await sleep(100)
  end()
  writeFileSync(path, 'two')
  await sleep(300)
  expect(seen).toBe(0)
})
