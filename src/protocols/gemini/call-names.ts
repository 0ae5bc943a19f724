/** Results name a function, and often no id: a result answers the first call of that name that has none yet. */

export interface CallNames {
  /** The id of a call: its own, or one that is the same whenever the same conversation comes. */
  call(id: string, name: string): string
  /** The id of the call that a result answers. */
  answer(id: string, name: string): string
}

export const createCallNames = (): CallNames => {
  let pending: { readonly id: string; readonly name: string }[] = []
  let calls = 0
  let answering = false

  return {
    call(id, name) {
      // Another step: what the last one left unanswered is not answered by what comes now.
      if (answering) pending = []
      answering = false
      const own = id || `call_${calls}`
      calls++
      pending.push({ id: own, name })
      return own
    },
    answer(id, name) {
      answering = true
      const at = pending.findIndex((call) => (id === '' ? call.name === name : call.id === id))
      const [call] = at === -1 ? [] : pending.splice(at, 1)
      return call?.id ?? (id || `call_${name}`)
    },
  }
}
