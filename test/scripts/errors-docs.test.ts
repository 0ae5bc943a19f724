/** docs/errors.md says of every error what the code says: a new one needs its sentences in scripts/error-entries.ts. */
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERROR_KINDS, type ErrorCode, GatewayError } from '#model'
import { openaiChat, openaiCompletions, openaiResponses } from '#protocols'
import { CLOSE_ENTRIES, ERROR_ENTRIES, WORD_ENTRIES } from '../../scripts/error-entries.ts'
import { toErrorsDocs } from '../../scripts/errors-docs.ts'
import { findCloseCodes, findThrownErrors } from '../../scripts/thrown-errors.ts'
import { readStreamFailure, toFailure } from '../../src/server/websocket/failure.ts'

const PAGE = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
const CODES = Object.keys(ERROR_KINDS) as ErrorCode[]

/** Of the `ws` library, for frames that it refuses itself. */
const OF_THE_LIBRARY = [1002, 1007, 1009]

it('is documentation that matches the code (npm run docs writes it)', () => {
  expect(PAGE).toBe(toErrorsDocs())
})

it('has an entry for every code, and for nothing else', () => {
  expect(Object.keys(ERROR_ENTRIES)).toEqual(CODES)
})

it('has an entry for every second word of an error, and for nothing else', () => {
  const words = new Set(findThrownErrors().flatMap(({ word }) => word ?? []))
  expect(Object.keys(WORD_ENTRIES).toSorted()).toEqual([...words].toSorted())
})

it('has an entry for every close code of a socket, and for nothing else', () => {
  const codes = new Set([...findCloseCodes(), ...OF_THE_LIBRARY])
  expect(Object.keys(CLOSE_ENTRIES).map(Number)).toEqual([...codes].toSorted((a, b) => a - b))
})

it('names every status that differs from its code’s', () => {
  const others = findThrownErrors().filter(
    ({ status, word }) => word === undefined && status !== undefined && status !== 'computed',
  )
  expect(others.length).toBeGreaterThan(0)
  for (const { code, status } of others) {
    expect(CODES).toContain(code)
    expect(PAGE).toMatch(new RegExp(`^(?!\\|).*\\b${status}\\b`, 'm'))
  }
})

describe.each(CODES)('the OpenAI column of %s', (code) => {
  const error = new GatewayError(code, 'It failed.')

  it('also applies to Completions, Responses and sockets', () => {
    const chat = openaiChat.encodeError(error, '')
    expect(openaiCompletions.encodeError(error, '')).toEqual(chat)
    expect(openaiResponses.encodeError(error, '')).toEqual(chat)
    expect(toFailure(error)).toMatchObject({ status: chat.status, error: chat.body.error })
  })
})

it('the status of a failure in the stream of a socket is the OpenAI column’s', () => {
  const others = CODES.filter((code) => code.startsWith('upstream_')).filter((code) => {
    const error = new GatewayError(code, 'It failed.')
    const [, json = ''] = /^data: (.+)$/m.exec(openaiChat.encodeStreamError(error, 'req_1')) ?? []
    const { status } = readStreamFailure(openaiChat, '', JSON.parse(json))
    return status !== openaiChat.encodeError(error, '').status
  })
  expect(others).toEqual([])
})

describe('the findings in the source', () => {
  const found = findThrownErrors()

  it('is the code, the status and the word of an error', () => {
    expect(found).toContainEqual({ code: 'at_capacity', status: '429', word: 'share_used_up' })
    expect(found).toContainEqual({ code: 'invalid_request', status: '426' })
    expect(found).toContainEqual({ code: 'not_found', word: 'model_not_found' })
  })

  it('is every word in it', () => {
    expect(found.filter(({ word }) => word !== undefined).length).toBe(countWords())
  })
})

/** Counted in another way than they are found. */
const countWords = (): number =>
  globSync('src/**/*.ts').reduce(
    (sum, file) => sum + readFileSync(file, 'utf8').split("vendorCode: '").length - 1,
    0,
  )
