/** Reads the caller's own words for a call, for the reports of its operator: `x-sluice-tags: team-a, env=test`. */
import { invalidRequest } from '#model'

const HEADER = 'x-sluice-tags'
const MAX_TAGS = 16
const MAX_TAG_CHARACTERS = 128

const TAG = /^[\w.:/=@+-]+$/

/** @returns the tags, separated by commas. @throws GatewayError `invalid_request` */
export const readTags = (rawHeaders: readonly string[]): string | undefined => {
  let tags: string[] | undefined
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    if (isTags(rawHeaders[at])) (tags ??= []).push(...toTags(rawHeaders[at + 1] ?? ''))
  if (!tags || tags.length === 0) return undefined
  if (tags.length > MAX_TAGS) throw refuse(`has more than ${MAX_TAGS} tags`)
  return tags.join(',')
}

/** Every call is searched for this header, and hardly any has it. */
const isTags = (name: string | undefined): boolean =>
  name?.length === HEADER.length && name.toLowerCase() === HEADER

const toTags = (value: string): string[] => {
  const tags = value
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
  for (const tag of tags) {
    if (tag.length > MAX_TAG_CHARACTERS)
      throw refuse(`has a tag of more than ${MAX_TAG_CHARACTERS} characters`)
    if (!TAG.test(tag))
      throw refuse('may contain only letters, digits and . _ : / = @ + - in a tag')
  }
  return tags
}

const refuse = (fault: string) => invalidRequest(`${HEADER} ${fault}.`, HEADER)
