/** Clients that ask for one stream after another, over connections that they keep and over new ones. */
import { Agent } from 'node:http'
import { CHAT, chatBody } from '../app/asks.ts'
import { ask } from './own-connection.ts'

export interface StreamLoad {
  /** How many streams have ended. */
  readonly ended: number
  /** Ends the load. @returns what went wrong, a line for each stream. */
  stop(): Promise<readonly string[]>
}

/** The load ends by itself where nothing works. */
const MOST_FAULTS = 100

/** It lasts for half a second to a second. */
const toBody = (at: number) =>
  chatBody(`[[pieces 10]][[pace ${50 + (at % 6) * 10}]][[say one two three four five six]]`, {
    stream: true,
  })

export const startStreamLoad = (
  url: string,
  clients: number,
  headers: Readonly<Record<string, string>> = {},
): StreamLoad => {
  const faults: string[] = []
  let ended = 0
  let stopping = false

  const run = async (client: number): Promise<void> => {
    // Half of them keep their connections.
    const agent = client % 2 === 0 ? new Agent({ keepAlive: true }) : undefined
    for (let at = client; !stopping && faults.length < MOST_FAULTS; at++) {
      try {
        const { status, text } = await ask(`${url}${CHAT}`, {
          body: toBody(at),
          headers,
          ...(agent && { agent }),
        })
        const read = await text
        if (status !== 200) faults.push(`${status} ${read.slice(0, 200)}`)
        else if (!read.trimEnd().endsWith('data: [DONE]')) faults.push(`cut: ${read.slice(-100)}`)
      } catch (error) {
        faults.push(String(error))
      }
      ended++
    }
    agent?.destroy()
  }

  const all = Promise.all(Array.from({ length: clients }, (_, client) => run(client)))
  return {
    get ended() {
      return ended
    },
    async stop() {
      stopping = true
      await all
      return faults
    },
  }
}
