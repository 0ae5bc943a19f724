/** What Node does where none of our functions has called it. */
import type { CallFrame } from './source-places.ts'

const NODE_ROWS: readonly (readonly [RegExp, string])[] = [
  [/^node:_http/, 'HTTP front'],
  [/^node:internal\/process\/|^node:internal\/async/, 'ticks and promises'],
  [/^node:internal\/timers|^node:timers/, 'timers'],
  [/^node:net|^node:internal\/stream|^node:events|^node:buffer/, 'sockets and streams'],
]

const NODE_STEPS: Readonly<Record<string, string>> = {
  '(garbage collector)': 'collections',
  '(program)': 'outside JavaScript',
}

/** By its innermost function, and the one that Node called first. */
export const toNodeRow = (frames: readonly CallFrame[]) => {
  const [leaf] = frames
  const named = frames.filter(({ url }) => url !== '')
  const url = named[0]?.url ?? ''
  // It holds back what is written in one turn, and writes it in the next.
  const isAnswer = named.some((each) => each.url === 'node:_http_outgoing')
  const [, row = 'other'] = isAnswer
    ? [url, 'answers, written a turn later']
    : (NODE_ROWS.find(([pattern]) => pattern.test(url)) ?? [])
  const root = named.at(-1)?.functionName ?? ''
  const name = leaf?.functionName ?? ''
  return {
    step: NODE_STEPS[name] ?? row,
    name: root === '' || root === name ? name : `${name} ← ${root}`,
    shown: url,
  }
}
