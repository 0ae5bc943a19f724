/** One line of the matrix: a client, the upstream's protocol, the scenario, and its result. */

export type ProtocolName = 'chat' | 'messages' | 'responses' | 'gemini' | 'realtime'

export type Outcome = { scenario: string; ok: boolean; detail: string }

export type Row = Outcome & {
  client: string
  /** The protocol that the client speaks. */
  speaks: ProtocolName
  /** The protocol that the upstream speaks. */
  upstream: ProtocolName
}

/** Plays one scenario: it passes when nothing is thrown. */
export const play = async (scenario: string, run: () => Promise<void>): Promise<Outcome> => {
  try {
    await run()
    return { scenario, ok: true, detail: '' }
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { scenario, ok: false, detail: detail.replaceAll(/\s+/g, ' ').slice(0, 800) }
  }
}
