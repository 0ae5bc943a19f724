/** The sessions of other processes that are followed here. */
import type { GatewayError } from '#model'
import type { ReplicaCalls } from '#stores'
import type { SessionKey } from '../../sessions/session-store.ts'
import { deleted, goingAway, moved } from '../log/leaving.ts'
import type { LongAnswers } from './pieces.ts'
import { createMirror, type Mirror } from './mirror.ts'
import { type Ended, type LogPart, nameOf, SAID } from './wire.ts'

export interface Mirrors {
  readonly size: number
  /** One that is followed already. */
  find(key: SessionKey): Promise<Mirror | undefined> | undefined
  /** Undefined if there is no such session. @throws GatewayError */
  open(key: SessionKey, owner: string): Promise<Mirror | undefined>
  endAll(reason: GatewayError): void
  /** Lets the runs in progress end. */
  drain(withinMs: number): Promise<void>
}

interface MirrorsOptions {
  readonly calls: ReplicaCalls
  readonly long: LongAnswers
  readonly isOwned: (key: SessionKey, owner: string) => Promise<boolean>
}

interface Kept {
  readonly mirror: Mirror
  readonly opening: Promise<Mirror | undefined>
}

/** For how long a mirror stays that nobody uses. */
const LINGER_MS = 1_000

export const createMirrors = ({ calls, long, isOwned }: MirrorsOptions): Mirrors => {
  const kept = new Map<string, Kept>()
  let onEmpty: (() => void) | undefined

  const open: Mirrors['open'] = (key, owner) => {
    const name = nameOf(key)
    const known = kept.get(name)
    if (known) return known.opening
    const forget = (): void => {
      if (kept.get(name)?.mirror === mirror) kept.delete(name)
      if (kept.size === 0) onEmpty?.()
    }
    const mirror = createMirror({
      key,
      owner,
      calls,
      long,
      isOwned: () => isOwned(key, owner),
      onEnd: forget,
      onIdle() {
        setTimeout(() => mirror.isIdle && mirror.end(goingAway()), LINGER_MS).unref()
      },
    })
    const opening = mirror.open().then(
      (isThere) => {
        if (isThere) return mirror
        mirror.end(deleted())
        return undefined
      },
      (thrown: unknown) => {
        mirror.end(moved())
        throw thrown
      },
    )
    kept.set(name, { mirror, opening })
    return opening
  }

  const endOf = (process: string, hears: boolean): void => {
    for (const { mirror } of kept.values()) if (mirror.owner === process) mirror.end(moved(), hears)
  }

  calls.on(SAID.log, (told, from) => {
    const part = told as LogPart
    const mirror = kept.get(part.name)?.mirror
    if (mirror?.owner === from) mirror.receive(part)
  })
  calls.on(SAID.ended, (told, from) => {
    const { name, live, isDeleted } = told as Ended
    const mirror = kept.get(name)?.mirror
    if (mirror?.owner === from && mirror.isOf(live))
      mirror.end(isDeleted ? deleted() : moved(), false)
  })
  calls.onEvent({
    gone: (process) => endOf(process, false),
    missed: (process) => endOf(process, true),
  })

  const endAll = (reason: GatewayError): void => {
    for (const { mirror } of kept.values()) mirror.end(reason)
  }

  return {
    get size() {
      return kept.size
    },
    find: (key) => kept.get(nameOf(key))?.opening,
    open,
    endAll,
    async drain(withinMs) {
      const empty = new Promise<void>((resolve) => void (onEmpty = resolve))
      for (const { mirror } of kept.values()) mirror.drain(goingAway())
      if (kept.size === 0) return
      const late = new Promise<void>((resolve) => void setTimeout(resolve, withinMs).unref())
      await Promise.race([empty, late])
      endAll(goingAway())
    },
  }
}
