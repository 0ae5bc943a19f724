/** The live state of all workers, in the process that started them. Each is served on its own line. */
import type { Claim, SlotClaim, Verdict } from '../live-store.ts'
import { createMemoryStore } from '../memory/memory-store.ts'
import type { LivePort } from './live-port.ts'

export interface LiveHost {
  /** @returns what ends everything that the worker holds: its process is gone. */
  serve(port: LivePort): () => void
}

/** A verdict, with the time by which it is given back. */
export interface Taken {
  readonly verdict: Verdict
  readonly atMs: number
}

export const createLiveHost = (): LiveHost => {
  // It stands still within one step: what is given back is recognised by it.
  let nowMs = 0
  const store = createMemoryStore({ now: () => nowMs })

  return {
    serve(port) {
      const slots = new Map<string, SlotClaim>()
      const subscriptions = new Map<string, () => void>()
      const hold = (claims: readonly Claim[]): void => {
        for (const claim of claims) if (claim.kind === 'slot') slots.set(nameOf(claim), claim)
      }
      const release = (claims: readonly Claim[]): void => {
        store.release(claims)
        for (const claim of claims) if (claim.kind === 'slot') slots.delete(nameOf(claim))
      }

      const methods: Readonly<Record<string, (...values: never[]) => unknown>> = {
        probe: () => true,
        take(claims: readonly Claim[]): Taken {
          const verdict = store.take(claims)
          if (verdict.allowed) hold(claims)
          return { verdict, atMs: nowMs }
        },
        giveBack(claims: readonly Claim[], { verdict, atMs }: Taken) {
          store.giveBack(claims, verdict, atMs)
          release(claims)
        },
        hold(claim: SlotClaim) {
          store.hold(claim)
          hold([claim])
        },
        release,
        correct: (claim: Claim, amount: number) => store.correct(claim, amount),
        publish: (channel: string, message: string) => store.publish(channel, message),
        subscribe(channel: string) {
          const listener = (message: string): void => port.tell('live.message', channel, message)
          subscriptions.get(channel)?.()
          subscriptions.set(channel, store.subscribe(channel, listener))
        },
        unsubscribe(channel: string) {
          subscriptions.get(channel)?.()
          subscriptions.delete(channel)
        },
      }
      for (const [name, method] of Object.entries(methods))
        port.on(`live.${name}`, (values) => {
          nowMs = Math.floor(performance.now())
          return method(...(values as never[]))
        })

      return () => {
        release([...slots.values()])
        for (const end of subscriptions.values()) end()
        subscriptions.clear()
      }
    },
  }
}

const nameOf = ({ key, lease }: SlotClaim): string => `${key} ${lease}`
