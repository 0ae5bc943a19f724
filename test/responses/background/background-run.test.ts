/** A run by itself: what ends it, and that it ends once. */
import { expect, it } from 'vitest'
import { GatewayError } from '#model'
import { openaiResponses } from '#protocols'
import { sseEvent } from '#streams'
import { createRun, type RunOptions } from '../../../src/responses/background/background-run.ts'

const READER = { signal: new AbortController().signal, beatMs: 60_000 }
const { background } = openaiResponses
const noRoom = () => new GatewayError('at_capacity', 'There was no room for the answer.')

const toEvent = (name: string, sequence: number, status: string) => {
  const type = `response.${name}`
  return sseEvent(type, { type, sequence_number: sequence, response: { id: 'resp_1', status } })
}

const runOf = (more: Partial<RunOptions>) =>
  createRun({
    response: { id: 'resp_1', status: 'queued', output: [] },
    background: background!,
    ask: () =>
      Promise.resolve({
        status: 200,
        headers: [],
        body: toEvent('in_progress', 1, 'in_progress') + toEvent('completed', 2, 'completed'),
      }),
    encodeFailure: (_, begun, sequence) => toEvent('failed', sequence, String(begun.status)),
    grow: () => undefined,
    finish: () => undefined,
    ...more,
  })

const eventsOf = (run: ReturnType<typeof createRun>): string[] => {
  let text = ''
  run.follow(-1, READER).readTo({
    write(bytes) {
      text += bytes
      return true
    },
    end: () => undefined,
    abort: () => undefined,
  })
  return [...text.matchAll(/^event: response\.(?<name>\w+)$/gm)].map(([, name]) => name ?? '')
}

it('is reported completely, and once', async () => {
  const told: unknown[] = []
  const run = runOf({ finish: (response) => void told.push(response) })
  await run.start()
  expect(eventsOf(run)).toEqual(['created', 'in_progress', 'completed'])
  expect(told).toEqual([{ id: 'resp_1', status: 'completed' }])
  run.cancel()
  run.fail(noRoom())
  expect(run.response.status).toBe('completed')
  expect(told).toHaveLength(1)
})

it.each([
  ['the event that began it', 2, ['created', 'in_progress', 'failed']],
  ['its last event', 3, ['created', 'in_progress', 'completed']],
])('ends once if there is no memory for %s', async (_, last, events) => {
  let grown = 0
  const run = runOf({
    grow() {
      grown++
      if (grown === last) run.drop(noRoom())
    },
  })
  await run.start()
  expect(eventsOf(run)).toEqual(events)
})

it('ends once if there is no memory for its cancellation', () => {
  let grown = 0
  const run = runOf({
    ask: () => new Promise(() => undefined),
    grow() {
      grown++
      if (grown === 2) run.drop(noRoom())
    },
  })
  void run.start()
  run.cancel()
  expect(eventsOf(run)).toEqual(['created', 'failed'])
  expect(run.response.status).toBe('cancelled')
})
