/** Writes of one session happen in the order in which they were asked for, though a pool has several connections. */

export type InOrder = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>

export const createInOrder = (): InOrder => {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    const earlier = last.get(name)
    const done = earlier ? earlier.then(work, work) : work()
    last.set(name, done)
    try {
      return await done
    } finally {
      if (last.get(name) === done) last.delete(name)
    }
  }
}
