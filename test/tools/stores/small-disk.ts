/** A file system of its own that a test can fill: a really full disk. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export interface SmallDisk {
  readonly folder: string
  /** Until nothing more can be written. */
  fill(): void
  /** There is room again. */
  free(): void
  setReadOnly(readOnly: boolean): void
}

const run = (program: string, ...args: readonly string[]): void =>
  void execFileSync(program, args, { stdio: 'ignore' })

const mount = (folder: string): boolean => {
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder)
    return true
  } catch {
    return false
  }
}

/** Whether this user may mount one. */
export const canMount = ((): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-mount-'))
  const can = mount(folder)
  if (can) run('umount', folder)
  rmSync(folder, { recursive: true })
  return can
})()

/** Unmounted after the test. */
export const startSmallDisk = (): SmallDisk => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-disk-'))
  mount(folder)
  onTestFinished(() => {
    run('umount', '--lazy', folder)
    rmSync(folder, { recursive: true })
  })
  const filler = join(folder, 'filler')
  return {
    folder,
    fill() {
      const file = openSync(filler, 'a')
      for (const size of [64 * 1024, 4096, 512, 1])
        try {
          for (;;) writeSync(file, Buffer.alloc(size))
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      closeSync(file)
    },
    free: () => rmSync(filler),
    setReadOnly: (readOnly) => run('mount', '-o', `remount,${readOnly ? 'ro' : 'rw'}`, folder),
  }
}
