/** Holds whom the time of a profile is put down to. */
import { describe, expect, it } from 'vitest'
import { attribute, weighBytes, weighTime } from '../../bench/where/attribute.ts'
import type { CallFrame, Found } from '../../bench/where/source-places.ts'
import { stepOf } from '../../bench/where/steps.ts'

const toFrame = (functionName: string, url = ''): CallFrame => ({
  functionName,
  url,
  lineNumber: 0,
  columnNumber: 0,
})

/** In these profiles a function's URL is its place. */
const placeOf = ({ functionName: name, url }: CallFrame): Found | undefined => {
  const [room, file] = url.startsWith('node:') ? [] : url.split('/')
  return room && file ? { room, file, name, shown: url } : undefined
}

/** A profile of these stacks, innermost last, each seen once and for 100 µs. */
const profileOf = (...stacks: CallFrame[][]) => {
  const nodes = [{ id: 1, callFrame: toFrame('(root)'), children: [] as number[] }]
  const samples = stacks.map((stack) => {
    let parent = nodes[0]!
    for (const callFrame of stack) {
      const node = { id: nodes.length + 1, callFrame, children: [] }
      nodes.push(node)
      parent.children.push(node.id)
      parent = node
    }
    return parent.id
  })
  return { nodes, samples, timeDeltas: [0, ...samples.map(() => 100)] }
}

const rowsOf = (...stacks: CallFrame[][]) =>
  [...attribute(weighTime(profileOf(...stacks)), placeOf).steps.values()].map(
    ({ room, step, spent }) => `${room}: ${step} ${spent}`,
  )

const sendAnswer = toFrame('sendAnswer', 'server/send-answer')
const settle = toFrame('settle', 'gateway/call-record')
const readEnvelope = toFrame('readEnvelope', 'gateway/envelope')

describe('the time of a profile', () => {
  it('is its own function’s', () => {
    expect(rowsOf([sendAnswer], [sendAnswer])).toEqual(['server: answer 200'])
  })

  it('is that function’s, if Node works for a function of ours', () => {
    const write = toFrame('writeLatin1String')
    const { functions } = attribute(
      weighTime(
        profileOf([sendAnswer, toFrame('end', 'node:_http_outgoing'), write], [sendAnswer]),
      ),
      placeOf,
    )
    expect(functions).toMatchObject([{ name: 'sendAnswer', spent: 200 }])
    expect([...functions[0]!.natives]).toEqual([['writeLatin1String', 100]])
  })

  it('is the step’s that called a helper, and is shown as the helper’s', () => {
    const findMembers = toFrame('findMembers', 'streams/json-members')
    const { steps, functions } = attribute(
      weighTime(profileOf([readEnvelope, findMembers])),
      placeOf,
    )
    expect([...steps.values()]).toMatchObject([{ room: 'gateway', step: 'envelope' }])
    expect(functions).toMatchObject([{ name: 'findMembers', shown: 'streams/json-members' }])
  })

  it('is the log’s if its library works, with any caller', () => {
    expect(rowsOf([settle, toFrame('asJson', 'packages/pino')])).toEqual(['packages: log 100'])
  })

  it('is Node’s if none of ours called it, and no module’s while the thread waits', () => {
    expect(
      rowsOf(
        [toFrame('onStreamRead', 'node:internal/stream_base_commons')],
        [
          toFrame('ticks', 'node:internal/process/task_queues'),
          toFrame('cork', 'node:_http_outgoing'),
        ],
        [toFrame('(garbage collector)')],
        [toFrame('(program)')],
        [toFrame('(idle)')],
      ),
    ).toEqual([
      'node: sockets and streams 100',
      'node: answers, written a turn later 100',
      'node: collections 100',
      'node: outside JavaScript 100',
    ])
  })

  it('excludes the time in which the thread had no core', () => {
    const profile = profileOf([sendAnswer], [sendAnswer], [sendAnswer])
    profile.timeDeltas[2] = 50_000
    expect(attribute(weighTime(profile), placeOf).spent).toBe(350)
  })
})

describe('the bytes of a heap profile', () => {
  it('are attributed as time is', () => {
    const write = { id: 3, callFrame: toFrame('concat'), selfSize: 64, children: [] }
    const send = { id: 2, callFrame: sendAnswer, selfSize: 16, children: [write] }
    const head = { id: 1, callFrame: toFrame('(root)'), selfSize: 0, children: [send] }
    expect(attribute(weighBytes(head), placeOf).functions).toMatchObject([
      { name: 'sendAnswer', spent: 80 },
    ])
  })
})

describe('the step of a file', () => {
  it('may be cut by function', () => {
    const connection = { room: 'transport', file: 'connection' }
    expect(stepOf({ ...connection, name: 'write' })).toBe('send')
    expect(stepOf({ ...connection, name: 'onData' })).toBe('receive')
  })

  it('is its module’s if no step is named for it, or none', () => {
    expect(stepOf({ room: 'server', file: 'new', name: 'run' })).toBe('front')
    expect(stepOf({ room: 'gateway', file: 'new', name: 'run' })).toBeUndefined()
  })
})
