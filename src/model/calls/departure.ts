/** Whether a call is still wanted. An `EventTarget` for each call costs more than all that listens to it. */
import type { GatewayError } from '../error.ts'

export interface Departure {
  readonly aborted: boolean
  readonly reason: GatewayError | undefined
  /** Calls the listener once, when the call is given up. It is not called for what was before. */
  on(listener: () => void): void
  off(listener: () => void): void
  /** For a library that wants one: made when it is first asked for. */
  toAbortSignal(): AbortSignal
}

export interface DepartureControl extends Departure {
  /** Gives the call up. Only the first reason counts. */
  abort(reason: GatewayError): void
}

export const createDeparture = (): DepartureControl => new CallDeparture()

/** A class: one is made for every call. */
class CallDeparture implements DepartureControl {
  reason: GatewayError | undefined
  #listeners: (() => void)[] | undefined
  #controller: AbortController | undefined

  get aborted(): boolean {
    return this.reason !== undefined
  }

  on(listener: () => void): void {
    if (this.aborted) return
    if (this.#listeners) this.#listeners.push(listener)
    else this.#listeners = [listener]
  }

  off(listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1
    if (at !== -1) this.#listeners?.splice(at, 1)
  }

  abort(reason: GatewayError): void {
    if (this.aborted) return
    this.reason = reason
    this.#controller?.abort(reason)
    // One of them may take another off.
    for (let next = this.#listeners?.shift(); next; next = this.#listeners?.shift()) next()
  }

  toAbortSignal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.reason) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }
}
