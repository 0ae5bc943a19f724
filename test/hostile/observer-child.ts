/**
 * The well-behaved caller, its upstream and the watcher, in a process of their own: what the attacks cost this side
 * must not be taken for what they cost Sluice.
 */
import { startUpstream } from '../tools/upstream/start.ts'
import { type GoodCaller, type GoodReport, startGoodCaller } from './good-caller.ts'
import { startWatcher, type Watcher, type WatchReport } from './watcher.ts'

export type Command = { readonly watch: string; readonly pid: number } | { readonly report: true }
export type Report = GoodReport & { readonly health: WatchReport }

const EMPTIED_EVERY_MS = 500

const upstream = await startUpstream()
let caller: GoodCaller | undefined
let watcher: Watcher | undefined

// What it records is of no interest here, and there may be much of it.
setInterval(() => upstream.calls.splice(0), EMPTIED_EVERY_MS)

const obey = async (command: Command): Promise<void> => {
  if ('watch' in command) {
    caller = startGoodCaller(command.watch, command.pid)
    watcher = startWatcher(command.watch)
    return
  }
  const good = await caller?.stop()
  const health = await watcher?.stop()
  if (good && health) process.send?.({ ...good, health } satisfies Report)
}

process.on('message', (command: Command) => void obey(command))
process.once('disconnect', () => process.exit())
process.send?.(upstream.url)
