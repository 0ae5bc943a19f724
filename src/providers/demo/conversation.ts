/** Finds in a conversation what the demo must answer: a prompt, and the step within it. */
import type { ModelRequest, Part, ToolResultPart, Turn } from '#model'
import { hasDirectives, readPrompt, type Script } from './directives.ts'

export interface Question {
  readonly script: Script
  /** The user's text without directives. */
  readonly text: string
  /** How many answers this prompt has had already; each ended in tool calls. */
  readonly step: number
  /** The results of the calls in the last answer. */
  readonly results: readonly ToolResultPart[]
}

const NO_SCRIPT: Script = { parts: [] }

// Agents add their own notes to the user's text; they name tools and would be mistaken for requests.
const NOTE = /<system-reminder>[\s\S]*?(?:<\/system-reminder>|$)/g

export const toQuestion = (request: ModelRequest): Question => {
  const rounds = toRounds(request.turns)
  const results = (rounds.at(-1) ?? []).flatMap((turn) => turn.parts.filter(isResult))
  let step = 0
  for (const round of rounds.toReversed()) {
    const texts = round.filter(isUser).flatMap(textsOf)
    const all = texts.join('\n')
    // Text beside tool results is a remark on them unless it has directives.
    const isPrompt = hasDirectives(all) || !round.some((turn) => turn.parts.some(isResult))
    if (isPrompt && texts.length > 0) {
      const { scripts } = readPrompt(all)
      return {
        script: scripts[step] ?? NO_SCRIPT,
        text: readPrompt(texts.at(-1) ?? '').text,
        step,
        results,
      }
    }
    step++
  }
  return { script: NO_SCRIPT, text: '', step: 0, results }
}

/** The turns between one answer and the next. */
const toRounds = (turns: readonly Turn[]): Turn[][] => {
  const rounds: Turn[][] = [[]]
  let answered = false
  for (const turn of turns) {
    if (turn.role === 'assistant') answered = true
    else if (turn.role !== 'system') {
      if (answered) rounds.push([])
      answered = false
      rounds.at(-1)?.push(turn)
    }
  }
  return rounds
}

const isUser = (turn: Turn): boolean => turn.role === 'user'

const isResult = (part: Part): part is ToolResultPart => part.kind === 'tool-result'

const textsOf = (turn: Turn): string[] =>
  turn.parts
    .map((part) => (part.kind === 'text' ? part.text.replace(NOTE, '').trim() : ''))
    .filter((text) => text !== '')
