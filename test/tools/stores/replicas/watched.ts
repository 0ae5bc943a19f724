/** One process, and everything that it was told. */
import type { Replicas } from '#stores'

type Heard =
  | readonly ['message', from: string, message: string]
  | readonly ['missed' | 'gone', replica: string]
  | readonly ['lost', names: readonly string[]]

export interface Watched {
  readonly replicas: Replicas
  readonly heard: Heard[]
  /** The messages of one process. */
  messagesOf(from: Replicas): readonly string[]
  has(kind: 'missed' | 'gone', replica: Replicas): boolean
  /** All names that it has lost, sorted. */
  lost(): readonly string[]
}

export const watch = (replicas: Replicas): Watched => {
  const heard: Heard[] = []
  replicas.listen({
    message: (from, message) => void heard.push(['message', from, message]),
    missed: (from) => void heard.push(['missed', from]),
    gone: (replica) => void heard.push(['gone', replica]),
    lost: (names) => void heard.push(['lost', names]),
  })
  return {
    replicas,
    heard,
    messagesOf: (from) =>
      heard.flatMap((each) => (each[0] === 'message' && each[1] === from.self ? [each[2]] : [])),
    has: (kind, replica) => heard.some((each) => each[0] === kind && each[1] === replica.self),
    lost: () => heard.flatMap((each) => (each[0] === 'lost' ? each[1] : [])).toSorted(),
  }
}
