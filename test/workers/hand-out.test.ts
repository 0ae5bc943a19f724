import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createHandOut, type HandOut, type Taker } from '../../src/workers/hand-out.ts'

const open: { destroy(): unknown }[] = []
const handOuts: HandOut[] = []
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy()
  for (const handOut of handOuts.splice(0)) handOut.close()
})

interface Given {
  readonly number: number
  readonly door: string
  readonly socket: Socket
}

const start = async () => {
  const handOut = createHandOut()
  handOuts.push(handOut)
  const { port } = await handOut.listen('http', 0, '127.0.0.1')
  const addTaker = () => {
    const given: Given[] = []
    const taker: Taker = {
      give: (number, door, socket) => {
        open.push(socket)
        given.push({ number, door, socket })
      },
    }
    handOut.add(taker)
    return { taker, given }
  }
  const call = async (): Promise<Socket> => {
    const client = connect(port, '127.0.0.1')
    client.on('error', () => undefined)
    open.push(client)
    await once(client, 'connect')
    return client
  }
  return { handOut, port, addTaker, call }
}

describe('the first process', () => {
  it('gives each connection to the worker that has the fewest', async () => {
    const { handOut, addTaker, call } = await start()
    const [a, b] = [addTaker(), addTaker()]
    for (let at = 0; at < 6; at++) await call()
    await expect.poll(() => [a.given.length, b.given.length]).toEqual([3, 3])
    for (let at = 0; at < 3; at++) handOut.ended(b.taker)
    for (let at = 0; at < 3; at++) await call()
    await expect.poll(() => [a.given.length, b.given.length]).toEqual([3, 6])
  })

  it('fills up a worker that is new', async () => {
    const { addTaker, call } = await start()
    const old = addTaker()
    for (let at = 0; at < 4; at++) await call()
    await expect.poll(() => old.given.length).toBe(4)
    const fresh = addTaker()
    for (let at = 0; at < 4; at++) await call()
    await expect.poll(() => fresh.given.length).toBe(4)
  })

  it('gives nothing more to a worker that is retired', async () => {
    const { handOut, addTaker, call } = await start()
    const [a, b] = [addTaker(), addTaker()]
    handOut.remove(a.taker)
    for (let at = 0; at < 3; at++) await call()
    await expect.poll(() => b.given.length).toBe(3)
    expect(a.given).toEqual([])
  })

  it('gives what a worker has not confirmed to another one when it dies', async () => {
    const { handOut, addTaker, call } = await start()
    const a = addTaker()
    await call()
    await call()
    await expect.poll(() => a.given.length).toBe(2)
    handOut.confirm(a.taker, a.given[0]?.number ?? 0)
    const b = addTaker()
    handOut.lose(a.taker)
    expect(b.given.map(({ socket }) => socket)).toEqual([a.given[1]?.socket])
  })

  it('keeps connections while there is no worker, and reads nothing of them', async () => {
    const { addTaker, call } = await start()
    const client = await call()
    client.write('hello')
    await new Promise((resolve) => void setTimeout(resolve, 50))
    const { given } = addTaker()
    await expect.poll(() => given.length).toBe(1)
    expect(given[0]?.socket.bytesRead).toBe(0)
  })

  it('closes the connections that still wait when it stops', async () => {
    const { handOut, call } = await start()
    const client = await call()
    await new Promise((resolve) => void setTimeout(resolve, 50))
    const ended = once(client, 'close')
    client.resume()
    handOut.close()
    await ended
  })

  it('says that a port is taken as a server does', async () => {
    const { port } = await start()
    const handOut = createHandOut()
    await expect(handOut.listen('http', port, '127.0.0.1')).rejects.toMatchObject({
      code: 'EADDRINUSE',
      syscall: 'listen',
      port,
    })
  })
})
