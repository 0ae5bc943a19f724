/** Reads server-sent events as a browser does, and can break off after any of them. */
export interface ServerEvent {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly data: string
}

export interface EventAnswer {
  readonly status: number
  readonly type: string
  readonly events: readonly ServerEvent[]
  /** Of an answer that is no stream. */
  readonly text: string
  /** The stream was complete. */
  readonly ended: boolean
}

/** @param most so many events are read before the client vanishes. */
export const readEvents = async (
  url: string,
  init: RequestInit = {},
  most = Infinity,
): Promise<EventAnswer> => {
  const control = new AbortController()
  const response = await fetch(url, { ...init, signal: control.signal })
  const type = response.headers.get('content-type') ?? ''
  const about = { status: response.status, type }
  if (!type.startsWith('text/event-stream'))
    return { ...about, events: [], text: await response.text(), ended: true }
  const events: ServerEvent[] = []
  let text = ''
  let ended = false
  const decoder = new TextDecoder()
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) if (!block.startsWith(':')) events.push(toEvent(block))
      if (events.length >= most) break
    }
    ended = events.length < most
  } catch {
    // The server broke off.
  }
  control.abort()
  return { ...about, events: events.slice(0, most), text: '', ended }
}

const toEvent = (block: string): ServerEvent => {
  const lines = block.split('\n')
  const field = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2))
  return { id: field('id')[0], name: field('event')[0], data: field('data').join('\n') }
}
