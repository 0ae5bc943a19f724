/** A process that owns names, and says what happens to it. */
import { createReplicas } from '#stores'

const [, , redisUrl = '', ...names] = process.argv

const replicas = createReplicas({ redisUrl })
if (!replicas) throw new Error('There is no Redis.')

const say = (line: string): void => void process.send?.(line)

let wasLost = false

replicas.listen({
  message: (_, message) => say(`message ${message}`),
  missed: (from) => say(`missed ${from}`),
  gone: (replica) => say(`gone ${replica}`),
  lost(lost) {
    wasLost = true
    say(`lost ${lost.toSorted().join(' ')}`)
  },
})

/** What it does all the time: none of it may happen while others take it for dead. */
const work = async (): Promise<void> => {
  if (!wasLost || !replicas.isWell) return
  wasLost = false
  say('well')
  for (const name of names) say(`owned ${name} by ${await claimInTheEnd(name)}`)
}

const claimInTheEnd = async (name: string): Promise<string> => {
  for (;;) {
    try {
      return await replicas.claim(name)
    } catch {
      await new Promise((resolve) => void setTimeout(resolve, 50))
    }
  }
}

for (const name of names) await claimInTheEnd(name)
say(`ready ${replicas.self}`)
setInterval(() => void work(), 50)
