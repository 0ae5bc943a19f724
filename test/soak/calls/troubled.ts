/** Calls in trouble: upstreams that fail, and clients that leave. */
import type { Leaving } from '../ask.ts'
import { send } from './answered.ts'
import type { Call, Kind } from './call.ts'
import { chat, MODELS, pickCaller, toWords, WRITERS } from './dialects.ts'

const FAULTS = [
  '[[status 400]]',
  '[[status 429 retry-after=1]]',
  '[[status 500]]',
  '[[status 503]]',
  '[[status 529]]',
  '[[html 502]]',
  '[[reset]]',
  '[[cut 0]]',
  '[[cut 3]]',
  '[[end 3]]',
  '[[garble 2]]',
  '[[error 3]]',
]

const STREAMED = 0.7

/** Whatever it becomes, it is answered, and it was a call. */
const expectEnd = async (call: Call, model: string, text: string, write = chat): Promise<1> => {
  const asked = write(model, text, call.random.chance(STREAMED))
  const { status } = await send(call, pickCaller(call), asked)
  if (status === 0) call.fail(`${model} ${text}: no answer`)
  return 1
}

const failing: Kind = {
  share: 110,
  make: (call) =>
    expectEnd(
      call,
      call.random.pick(MODELS),
      `${call.random.pick(FAULTS)} ${toWords(call)}`,
      call.random.pick(WRITERS),
    ),
}

const refused: Kind = {
  share: 20,
  make: (call) => expectEnd(call, 'gone/gpt-4o', toWords(call)),
}

/** Until the deadline of its provider. */
const silent: Kind = {
  share: 8,
  make: (call) =>
    expectEnd(
      call,
      'hasty/gpt-4o',
      `${call.random.pick(['[[silence]]', '[[stall 2]]', '[[delay 100]]'])} ${toWords(call)}`,
    ),
}

const leave = (call: Call, leaves: Leaving, text: string, isStreamed: boolean) => {
  const asked = call.random.pick(WRITERS)(call.random.pick(MODELS), text, isStreamed)
  return send(call, pickCaller(call), asked, { leaves })
}

/** The request may have arrived or not, and the answer may be there already. */
const leavesBeforeTheHead: Kind = {
  share: 50,
  async make(call) {
    const afterMs = call.random.below(25)
    const text = `[[delay ${10 + call.random.below(20)}]] ${toWords(call)}`
    const { status } = await leave(call, { at: 'wait', afterMs }, text, call.random.chance(0.5))
    return status > 0 || call.reachedUpstream() ? 1 : 'at most one'
  },
}

const leavesInMidStream: Kind = {
  share: 70,
  async make(call) {
    const { status } = await leave(call, { at: 'stream' }, `[[pace 2]] ${toWords(call)}`, true)
    if (status !== 200) call.fail(`a stream that is left: status ${status}`)
    return 1
  },
}

const leavesInMidUpload: Kind = {
  share: 40,
  async make(call) {
    const text = 'x'.repeat(1 + call.random.below(60_000)) + toWords(call)
    await leave(call, { at: 'upload' }, text, false)
    return 0
  },
}

export const TROUBLED: Readonly<Record<string, Kind>> = {
  failing,
  refused,
  silent,
  leavesBeforeTheHead,
  leavesInMidStream,
  leavesInMidUpload,
}
