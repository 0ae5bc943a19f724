/** What a model is asked for a title, and what of its answer is one. */
import type { ModelRequest } from '#model'

const MAX_MODEL_TITLE_CHARACTERS = 60
/** Of the question and of the answer: their beginnings say what they are about. */
const MAX_SHOWN_CHARACTERS = 2_000
/** Of a line of the answer: what is behind that is no title. */
const MAX_LINE_CHARACTERS = 500
/** Some models think before they answer. */
const MAX_OUTPUT_TOKENS = 500

const INSTRUCTION = `Write a title for the conversation that follows, in the language of the user. It has at most ${MAX_MODEL_TITLE_CHARACTERS} characters and one line, without quotation marks. Answer with the title alone.`

interface Named {
  readonly model: string
  readonly question: string
  readonly answer: string
}

export const toTitleRequest = ({ model, question, answer }: Named): ModelRequest => ({
  model,
  stream: true,
  usageInStream: true,
  tools: [],
  maxOutputTokens: MAX_OUTPUT_TOKENS,
  turns: [
    { role: 'system', parts: [{ kind: 'text', text: INSTRUCTION }] },
    {
      role: 'user',
      parts: [{ kind: 'text', text: toConversation(question, answer) }],
    },
  ],
})

const toConversation = (question: string, answer: string): string =>
  `User: ${toBeginning(question)}\n\nAssistant: ${toBeginning(answer)}`

const toBeginning = (text: string): string => text.slice(0, MAX_SHOWN_CHARACTERS).toWellFormed()

const AROUND = /^[\s"'`“”„«»‘’「」『』*#_]+|[\s"'`“”„«»‘’「」『』*_]+$/g

/** Undefined if there is none in it. */
export const toTitle = (answer: string): string | undefined => {
  const lines = answer
    .toWellFormed()
    .replaceAll('\0', '')
    .split(/[\r\n\u2028\u2029]/)
  const line = lines
    .map((each) =>
      each.slice(0, MAX_LINE_CHARACTERS).replaceAll(AROUND, '').replaceAll(/\s+/g, ' '),
    )
    .find((each) => each !== '')
  if (line === undefined) return undefined
  const characters = Array.from(line.slice(0, MAX_MODEL_TITLE_CHARACTERS * 2))
  return characters.slice(0, MAX_MODEL_TITLE_CHARACTERS).join('').trimEnd()
}
