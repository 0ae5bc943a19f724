/** Google's rules for the order of a conversation: the roles, and the places of the responses. */
import { geminiRefusal } from './errors.ts'
import { isObject } from '../requests/shape.ts'
import type { Body } from '../requests/shape.ts'

const partsOf = ({ parts }: Body): Body[] => (Array.isArray(parts) ? parts.filter(isObject) : [])

const callsOf = (content: Body | undefined): Body[] =>
  content
    ? partsOf(content)
        .map((part) => part.functionCall)
        .filter(isObject)
    : []

const responsesOf = (content: Body | undefined): Body[] =>
  content
    ? partsOf(content)
        .map((part) => part.functionResponse)
        .filter(isObject)
    : []

const checkRole = (content: Body, index: number) => {
  const { role } = content
  if (role !== undefined && role !== 'user' && role !== 'model')
    throw geminiRefusal('Please use a valid role: user, model.')
  if (role !== 'model' && callsOf(content).length > 0)
    throw geminiRefusal(
      `* GenerateContentRequest.contents[${index}]: a function call can only be in a content with the role model`,
    )
  if (role === 'model' && responsesOf(content).length > 0)
    throw geminiRefusal(
      `* GenerateContentRequest.contents[${index}]: a function response cannot be in a content with the role model`,
    )
}

/** Responses are for the calls: by their ids where they have them, and by their names. */
const checkMatch = (calls: Body[], responses: Body[], index: number) => {
  const at = `* GenerateContentRequest.contents[${index}]`
  const ids = calls.map(({ id }) => id).filter((id) => id !== undefined)
  for (const { id, name } of responses) {
    if (id !== undefined && ids.length > 0 && !ids.includes(id))
      throw geminiRefusal(`${at}: no function call has the id ${String(id)}`)
    if (!calls.some((call) => call.name === name))
      throw geminiRefusal(`${at}: no function call has the name ${String(name)}`)
  }
}

/** Google's own client keeps each piece of a stream as a content: the model's count as one. */
export const toTurns = (contents: Body[]): Body[] => {
  const turns: Body[] = []
  for (const content of contents) {
    const last = turns.at(-1)
    if (content.role === 'model' && last?.role === 'model')
      turns.splice(-1, 1, { ...last, parts: [...partsOf(last), ...partsOf(content)] })
    else turns.push(content)
  }
  return turns
}

export const checkOrder = (contents: Body[]) => {
  for (const [index, content] of contents.entries()) {
    checkRole(content, index)
    const previous = contents[index - 1]
    const calls = callsOf(content)
    const responses = responsesOf(content)
    if (calls.length > 0 && !previous)
      throw geminiRefusal(
        'Please ensure that function call turn comes immediately after a user turn or after a function response turn.',
      )
    const asked = callsOf(previous)
    if (responses.length > 0 && asked.length === 0)
      throw geminiRefusal(
        'Please ensure that function response turn comes immediately after a function call turn.',
      )
    if (responses.length !== asked.length)
      throw geminiRefusal(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      )
    checkMatch(asked, responses, index)
  }
  if (callsOf(contents.at(-1)).length > 0)
    throw geminiRefusal(
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
    )
}
