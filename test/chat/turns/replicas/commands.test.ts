/** What visitors ask of a session that another process has in memory. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Caller } from '#access'
import { chatHouse, settle, visitor } from '../../../tools/chat/chat-house.ts'
import { replicaHouse, settleAll } from '../../../tools/chat/replica-house.ts'

afterEach(() => void vi.useRealTimers())

const pair = async () => {
  const house = replicaHouse()
  const one = house.add('one')
  const two = house.add('two')
  const first = await one.join()
  return { house, one, two, first, second: await two.join() }
}

describe('stop from another process', () => {
  it('reaches a run before its first token', async () => {
    const { one, first, second } = await pair()
    const { run_id } = await first.say('hello')
    await settle()
    expect(await second.command({ type: 'cancel' })).toMatchObject({ status: 'done', run_id })
    expect(one.model.calls[0]?.isStopped).toBe(true)
  })

  it('reaches a run in the middle of its answer, which is kept', async () => {
    const { house, one, first, second } = await pair()
    const reading = await second.read()
    const { run_id = '' } = await first.say('hello')
    await settle()
    one.model.calls[0]?.say('half')
    await second.command({ type: 'cancel', run_id })
    expect(one.model.calls[0]?.isStopped).toBe(true)
    expect(reading.sent.at(-1)?.event).toMatchObject({ status: 'cancelled', result: 'half' })
    expect(house.store.kept('s').runs.get(run_id)).toMatchObject({ status: 'cancelled' })
  })

  it('reaches a message that waits', async () => {
    const { house, first, second } = await pair()
    await first.say('one')
    const { message_id = '' } = await first.say('two')
    await second.command({ type: 'cancel', run_id: message_id })
    expect(house.store.kept('s').queue.size).toBe(0)
  })

  it('finds nothing where nothing is in progress', async () => {
    const { second } = await pair()
    expect((await second.command({ type: 'cancel' })).status).toBe('nothing_to_cancel')
  })
})

describe('a command from another process', () => {
  it('is refused in the words of the owner', async () => {
    const { first, second } = await pair()
    await first.say('one')
    await expect(second.say('two', { when_busy: 'reject' })).rejects.toMatchObject({
      code: 'conflict',
      vendorCode: 'session_busy',
    })
    await expect(second.say(' ')).rejects.toMatchObject({
      code: 'invalid_request',
      param: 'content',
    })
  })

  it('ends with its starter, if that is asked for', async () => {
    const { one, two, second } = await pair()
    const other = await two.join()
    await second.say('hello', { on_disconnect: 'cancel' })
    await settle()
    other.session.leave()
    await settleAll()
    expect(one.model.calls[0]?.isStopped).toBe(false)
    second.session.leave()
    await settleAll()
    expect(one.model.calls[0]?.isStopped).toBe(true)
  })

  it('ends with the process of its starter, if that is asked for', async () => {
    const { one, two, second } = await pair()
    await second.say('hello', { on_disconnect: 'cancel' })
    await settle()
    two.die()
    await settleAll()
    expect(one.model.calls[0]?.isStopped).toBe(true)
  })

  it('still ends with its starter when something was missed in between', async () => {
    const { house, one, two, first, second } = await pair()
    await second.read()
    await second.say('hello', { on_disconnect: 'cancel' })
    await settle()
    house.hub.drop('one', 'two')
    one.model.calls[0]?.say('a')
    await settleAll()
    expect(one.model.calls[0]?.isStopped).toBe(false)
    expect(first.session.activeRun).toBeDefined()
    expect(two.model.calls).toHaveLength(0)
    second.session.leave()
    await settleAll()
    expect(one.model.calls[0]?.isStopped).toBe(true)
  })

  it('is not repeated by whoever takes over', async () => {
    const { one, two, second } = await pair()
    const { message_id } = await second.say('hello', { client_message_id: 'c' })
    await settle()
    one.die()
    await settleAll()
    expect(await second.say('hello', { client_message_id: 'c' })).toMatchObject({
      status: 'repeated',
      message_id,
    })
    expect(two.model.calls).toHaveLength(0)
  })

  it('fails in a way that can be repeated when the owner goes in the middle of it', async () => {
    const { house, one, second } = await pair()
    const { promise: never } = Promise.withResolvers<undefined>()
    house.store.afterAppend = () => never
    const said = second.say('hello', { client_message_id: 'c' })
    await settleAll()
    house.store.afterAppend = undefined
    one.die()
    await expect(said).rejects.toMatchObject({ code: 'store_unavailable' })
    const again = await second.say('hello', { client_message_id: 'c' })
    expect(again.status).toBe('repeated')
  })
})

describe('a command of the process that has the session', () => {
  it('fails in a way that can be repeated, and is done once, if the session is lost in the middle of it', async () => {
    const { house, one, first } = await pair()
    const { promise: stored, resolve } = Promise.withResolvers<undefined>()
    house.store.afterAppend = () => stored
    const said = first.say('hello')
    said.catch(() => undefined)
    await settleAll()
    house.store.afterAppend = undefined
    one.freeze()
    one.thaw()
    await settleAll()
    resolve(undefined)
    await expect(said).rejects.toMatchObject({ code: 'store_unavailable' })
    await settleAll()
    expect(house.store.kept('s').messages.size).toBe(2)
  })

  it('does not end what the process owns', async () => {
    const { house, one, two, first } = await pair()
    await one.chat.resources.patch(visitor(), 's', { title: 'New' })
    await one.chat.resources.read(visitor(), 's')
    await two.chat.resources.read(visitor(), 's')
    await settleAll()
    expect(await house.hub.join('three').claim('session anonymous s')).toBe('one')
    expect(house.store.kept('s').epoch).toBe(1)
    expect(first.session.position.epoch).toBe(1)
  })
})

describe('whoever gives a command in another process', () => {
  const subject: Caller = {
    id: 'subject',
    owner: 'ada',
    claims: { models: ['small*'] },
    models: (name) => name.startsWith('small'),
    limits: { requestsPerMinute: 7 },
    expiresAtMs: Date.now() + 60_000,
  }

  it('calls with the rights that it has there', async () => {
    const house = replicaHouse()
    const one = house.add('one')
    const two = house.add('two')
    await one.join('s', subject)
    await (await two.join('s', subject)).say('hello', { model: 'small-1' })
    const caller = one.model.calls[0]?.call.caller
    expect(caller).toMatchObject({ id: 'subject', owner: 'ada', limits: { requestsPerMinute: 7 } })
    expect([caller?.models?.('small-1'), caller?.models?.('large')]).toEqual([true, false])
  })

  it('is refused if its key was removed in the meantime', async () => {
    const house = replicaHouse()
    const user: Caller = { id: 'key' }
    const one = house.add('one', { findCaller: () => undefined })
    const two = house.add('two')
    await one.join('s', user)
    const second = await two.join('s', user)
    await expect(second.say('hello')).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(one.model.calls).toHaveLength(0)
  })

  it('is remembered in the queue over a restart', async () => {
    const house = chatHouse()
    const visit = await house.join('s', subject)
    await visit.say('one', { model: 'small-1' })
    await visit.say('two', { model: 'small-1' })
    const next = house.restart()
    await next.chat.start()
    await settle()
    expect(next.model.calls[0]?.call.caller).toMatchObject({ id: 'subject', owner: 'ada' })
    expect(next.model.calls[0]?.call.caller.models?.('large')).toBe(false)
  })

  it('is not answered from the queue when its token has ended', async () => {
    const house = chatHouse()
    const visit = await house.join('s', { ...subject, expiresAtMs: Date.now() - 1 })
    await visit.say('one')
    await visit.say('two')
    const next = house.restart()
    await next.chat.start()
    await settle()
    expect(next.model.calls).toHaveLength(0)
    expect(next.store.kept('s').queue.size).toBe(0)
  })
})

describe('resources of a session that another process has in memory', () => {
  it('show the answer in progress and the queue', async () => {
    const { one, two, first } = await pair()
    const { run_id } = await first.say('hello')
    const { message_id } = await first.say('next')
    await settle()
    one.model.calls[0]?.say('half')
    const { resources } = two.chat
    expect(await resources.read(visitor(), 's')).toEqual(
      await one.chat.resources.read(visitor(), 's'),
    )
    expect(await resources.read(visitor(), 's')).toMatchObject({
      active_run: run_id,
      queue: [{ message_id, place: 1 }],
    })
    const { messages } = (await resources.messages(visitor(), 's', new URLSearchParams())) as {
      messages: object[]
    }
    expect(messages.at(-1)).toMatchObject({ content: 'half', status: 'running' })
    expect(await resources.export(visitor(), 's', 'markdown')).toContain('half')
    const fork = (await resources.fork(visitor(), 's', {})) as { id: string }
    const copied = (await resources.messages(visitor(), fork.id, new URLSearchParams())) as {
      messages: object[]
    }
    expect(copied.messages.at(-1)).toMatchObject({ content: 'half', status: 'interrupted' })
  })

  it('change it there, and its readers everywhere learn of it', async () => {
    const { two, first, second } = await pair()
    const [there, here] = [await first.read(), await second.read()]
    const { resources } = two.chat
    expect(await resources.patch(visitor(), 's', { title: 'New' })).toMatchObject({ title: 'New' })
    expect(await resources.extend(visitor(), 's', { hours: 48 })).toMatchObject({ id: 's' })
    await settleAll()
    expect(there.types).toEqual(['session_updated', 'session_updated'])
    expect(here.sent).toEqual(there.sent)
  })

  it('delete it, and send everybody away', async () => {
    const { house, one, two, first, second } = await pair()
    const [there, here] = [await first.read(), await second.read()]
    await first.say('hello')
    await settle()
    await two.chat.resources.delete(visitor(), 's')
    await settleAll()
    expect(house.store.all.size).toBe(0)
    expect(one.model.calls[0]?.isStopped).toBe(true)
    expect([there.ended?.reason.code, here.ended?.reason.code]).toEqual(['not_found', 'not_found'])
    await expect(second.say('hello')).rejects.toMatchObject({ code: 'not_found' })
    await expect(two.chat.resources.read(visitor(), 's')).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('are those of its owner alone', async () => {
    const { two } = await pair()
    const other = visitor({ id: 'other' })
    await expect(two.chat.resources.patch(other, 's', { title: 'x' })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(two.chat.resources.delete(other, 's')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('do not delete a session that has expired while somebody is in it elsewhere', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const { house, two, second } = await pair()
    second.session.leave()
    for (const kept of house.store.all.values()) kept.session = { ...kept.session, expiresAt: 1 }
    await house.store.create({ ...house.store.kept('s').session, id: 'unused' }, 10)
    await two.chat.start()
    await vi.advanceTimersByTimeAsync(60_000)
    await settleAll()
    expect([...house.store.all.values()].map(({ session }) => session.id)).toEqual(['s'])
  })
})
