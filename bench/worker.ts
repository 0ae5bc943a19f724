/** A part of the bench that runs in a process of its own, on a core of its own, and is asked by name. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

type Commands = Record<string, (options: never) => unknown>
type Question = { id: number; name: string; options: unknown }
type Reply = { id: number; value?: unknown; error?: string }

const ASK_LIMIT_MS = 60_000

/** A clock that all processes of one machine share. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6

const reply = (answer: Reply) => process.send?.(answer)

/** In the worker: answers the questions that the bench asks. */
export const answerCommands = (commands: Commands): void => {
  process.on('message', ({ id, name, options }: Question) => {
    const run = async () => commands[name]?.(options as never)
    run().then(
      (value) => reply({ id, value }),
      (error: unknown) => reply({ id, error: String(error) }),
    )
  })
  process.on('disconnect', () => process.exit())
}

export type Worker<C extends Commands> = {
  ask<K extends keyof C & string>(
    name: K,
    ...options: Parameters<C[K]>
  ): Promise<Awaited<ReturnType<C[K]>>>
  readonly pid: number
  stop(): void
}

/** In the bench: starts `file` beside this one as a worker, on the core that the bench itself is on. */
export const startWorker = <C extends Commands>(file: string): Worker<C> => {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], { execArgv: [] })
  const waiting = new Map<number, (reply: Reply) => void>()
  let lastId = 0

  child.on('message', (answer: Reply) => waiting.get(answer.id)?.(answer))
  child.on('exit', (code) => {
    for (const [id, settle] of waiting) settle({ id, error: `${file} ended with ${code}` })
  })

  return {
    ask: (name, ...[options]) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        const settle = ({ value, error }: Reply) => {
          clearTimeout(timer)
          waiting.delete(id)
          if (error === undefined) resolve(value as never)
          else reject(new Error(error))
        }
        const timer = setTimeout(() => settle({ id, error: `${name} took too long` }), ASK_LIMIT_MS)
        waiting.set(id, settle)
        child.send({ id, name, options })
      }),
    pid: child.pid ?? 0,
    stop: () => child.kill(),
  }
}
