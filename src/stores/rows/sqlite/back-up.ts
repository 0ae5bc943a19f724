/** Copies the file of SQLite as it is at one moment, with what is still in its journal. Others may write meanwhile. */
import { access, rename, rm } from 'node:fs/promises'
import { createSqliteThread } from './sqlite-thread.ts'
import { fileIn } from './file-in.ts'

/** @param target replaced by nothing: it must not exist. */
export const backUpRows = async (folder: string, target: string): Promise<void> => {
  const path = fileIn(folder)
  if (!(await exists(path))) throw new Error(`there is no ${path}`)
  if (await exists(target)) throw new Error(`${target} exists already`)
  const unfinished = `${target}.part`
  await rm(unfinished, { force: true })
  const thread = createSqliteThread({ path })
  try {
    await thread.run('vacuum into ?', [unfinished])
    await rename(unfinished, target)
  } finally {
    await thread.close()
    await rm(unfinished, { force: true })
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
