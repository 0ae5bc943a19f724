import { expect, it } from 'vitest'
import { cancelled, clientLeft, createDeparture } from '#model'

it('calls every listener once, in order, and keeps the first reason', () => {
  const departure = createDeparture()
  const heard: string[] = []
  departure.on(() => heard.push('first'))
  departure.on(() => heard.push('second'))
  expect(departure).toMatchObject({ aborted: false, reason: undefined })
  const reason = clientLeft()
  departure.abort(reason)
  departure.abort(cancelled())
  expect(heard).toEqual(['first', 'second'])
  expect(departure.aborted).toBe(true)
  expect(departure.reason).toBe(reason)
})

it('calls no listener that was taken off, even by another one', () => {
  const departure = createDeparture()
  const heard: string[] = []
  const never = () => heard.push('never')
  departure.on(never)
  departure.off(never)
  departure.off(never)
  departure.on(() => departure.off(never))
  departure.on(never)
  departure.abort(clientLeft())
  departure.on(never)
  expect(heard).toEqual([])
})

it('is an AbortSignal where one is asked for, before and after', () => {
  const departure = createDeparture()
  const early = departure.toAbortSignal()
  expect(early.aborted).toBe(false)
  const reason = clientLeft()
  departure.abort(reason)
  expect(early.reason).toBe(reason)
  expect(departure.toAbortSignal()).toBe(early)

  const left = createDeparture()
  left.abort(reason)
  expect(left.toAbortSignal().reason).toBe(reason)
})
