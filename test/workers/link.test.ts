import { describe, expect, it } from 'vitest'
import { linkForTest } from '../tools/workers/linked.ts'

describe('a line between two processes', () => {
  it('brings what is said, in order', async () => {
    const { first, worker } = linkForTest()
    const heard: unknown[] = []
    first.on('say', ([what, more]) => heard.push([what, more]))
    worker.tell('say', 'one', { a: 1 })
    worker.tell('unknown')
    worker.tell('say', 'two')
    await expect.poll(() => heard.length).toBe(2)
    expect(heard).toEqual([
      ['one', { a: 1 }],
      ['two', undefined],
    ])
  })

  it('brings answers in both directions, each to its own question', async () => {
    const { first, worker } = linkForTest()
    first.on('double', async ([number]) => {
      if (number === 1) await new Promise((resolve) => void setTimeout(resolve, 20))
      return Number(number) * 2
    })
    worker.on('name', () => 'worker')
    const answers = [worker.ask('double', 1), worker.ask('double', 2), first.ask('name')]
    expect(await Promise.all(answers)).toEqual([2, 4, 'worker'])
  })

  it('says of a question why it was not answered', async () => {
    const { first, worker } = linkForTest()
    first.on('fail', () => {
      throw new Error('no')
    })
    await expect(worker.ask('fail')).rejects.toThrow('no')
    await expect(worker.ask('nothing')).rejects.toThrow('Nobody answers nothing')
  })

  it('ends all questions with the other process', async () => {
    const { worker, first, disconnect } = linkForTest()
    first.on('wait', () => new Promise(() => undefined))
    const asked = worker.ask('wait')
    disconnect()
    await expect(asked).rejects.toThrow('gone')
    await expect(worker.ask('wait')).rejects.toThrow('gone')
    worker.tell('wait')
  })
})
