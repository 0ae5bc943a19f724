/**
 * Sees when a file changes, however it is changed: written in place, replaced by an editor, or swapped behind symbolic
 * links. Changes of its folder are seen at once where the system reports them. What it does not report is seen by
 * looking: files on network drives and in containers, and folders that are themselves replaced.
 */
import { type FSWatcher, watch } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'

export interface WatchOptions {
  /** How often it looks, whatever the system reports. */
  readonly lookEveryMs?: number
  /** A change counts when the file has stayed the same for so long: until then it may be half written. */
  readonly settleMs?: number
}

const LOOK_EVERY_MS = 2_000
const SETTLE_MS = 200

/** @returns a function that ends it. It keeps no process alive. */
export const watchFile = (
  path: string,
  onChange: () => void,
  { lookEveryMs = LOOK_EVERY_MS, settleMs = SETTLE_MS }: WatchOptions = {},
): (() => void) => {
  let known: string | undefined
  let changed: string | undefined
  let timer: NodeJS.Timeout | undefined
  /** Its own in the folder, and that of the file to which it leads. */
  let names: ReadonlySet<string> = new Set([basename(path)])
  let isSoon = false
  let isEnded = false

  const lookIn = (milliseconds: number): void => {
    clearTimeout(timer)
    if (!isEnded) timer = setTimeout(() => void look(), milliseconds).unref()
  }

  /** Logs and databases in the folder change all the time. A link is swapped under any name. */
  const lookSoon = (event: string, name: string | null): void => {
    if (isSoon || (event === 'change' && name !== null && !names.has(name))) return
    isSoon = true
    lookIn(settleMs)
  }

  const look = async (): Promise<void> => {
    isSoon = false
    const [now, target] = await Promise.all([printOf(path), realpath(path).catch(() => path)])
    names = new Set([path, target].map((each) => basename(each)))
    if (isEnded) return
    known ??= now
    if (now === known) changed = undefined
    else if (now === changed) {
      known = now
      changed = undefined
      onChange()
    } else changed = now
    lookIn(changed === undefined ? lookEveryMs : settleMs)
  }

  const watcher = watchFolder(path, lookSoon)
  void look()
  return () => {
    isEnded = true
    clearTimeout(timer)
    watcher?.close()
  }
}

/** Undefined if the system cannot watch the folder. */
const watchFolder = (
  path: string,
  onEvent: (event: string, name: string | null) => void,
): FSWatcher | undefined => {
  try {
    const watcher = watch(dirname(path), { persistent: false }, onEvent)
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}

/** Differs for every other content, as far as the system says. Links are followed. */
const printOf = async (path: string): Promise<string> => {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch {
    return 'none'
  }
}
