/** A call by every WebSocket that Sluice serves. */
import { chatBody, CLAUDE, GPT, responsesBody } from '../../app/asks.ts'
import type { FrameJson } from '../websocket/open-client.ts'

interface SweptDoor {
  readonly path: string
  /** Absent: frames are relayed as they are. */
  readonly frames?: readonly Readonly<Record<string, unknown>>[]
  /** Whether the frame is the last one of a call. */
  readonly isLast: (frame: FrameJson) => boolean
}

const isRefusal = ({ type }: FrameJson): boolean => type === 'error'

const CHAT_FRAMES = [chatBody(), chatBody('hello', { model: CLAUDE })]

const RESPONSE_FRAMES = [responsesBody(), responsesBody('hello', { model: CLAUDE })].map(
  (body) => ({ type: 'response.create', ...body }),
)

const ofCompletions = (path: string): SweptDoor => ({
  path,
  frames: CHAT_FRAMES,
  isLast: (frame) => isRefusal(frame) || frame.type === 'done',
})

const ofResponses = (path: string): SweptDoor => ({
  path,
  frames: RESPONSE_FRAMES,
  isLast: (frame) =>
    isRefusal(frame) || /^response\.(?:completed|failed|incomplete)$/.test(frame.type ?? ''),
})

const ofRealtime = (path: string): SweptDoor => ({ path, isLast: () => true })

export const SWEPT_DOORS: readonly SweptDoor[] = [
  ...['/ws', '/v1/chat/completions', '/openai/v1/chat/completions'].map(ofCompletions),
  ...['/v1/responses', '/openai/v1/responses'].map(ofResponses),
  ...['/v1/realtime', '/openai/v1/realtime'].map(ofRealtime),
]

/** Sockets of sessions. Their frames have no field that they do not know. */
export const SWEPT_SESSIONS: readonly SweptDoor[] = [
  {
    path: '/ws/session/swept',
    frames: [GPT, CLAUDE].map((model) => ({ type: 'message', content: 'hello', model })),
    isLast: (frame) => isRefusal(frame) || frame.type === 'run_end',
  },
]
