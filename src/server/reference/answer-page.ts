/** `/docs`: the page that shows `/openapi.json`. */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { toByteString } from '#streams'
import { sendAnswer } from '../http/send-answer.ts'

interface Page {
  readonly body: string
  readonly headers: readonly string[]
}

let page: Promise<Page> | undefined

const read = async (): Promise<Page> => {
  const html = await readFile(new URL('./reference.html', import.meta.url), 'utf8')
  const policy = [
    "default-src 'none'",
    `script-src ${hashesOf(html, 'script')}`,
    `style-src ${hashesOf(html, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    body: toByteString(html),
    headers: [
      'content-type',
      'text/html; charset=utf-8',
      'content-security-policy',
      policy.join('; '),
      'x-content-type-options',
      'nosniff',
      'referrer-policy',
      'no-referrer',
      'cache-control',
      'no-cache',
    ],
  }
}

/** Of the elements of the page, so that the browser runs nothing that is not in the file. */
const hashesOf = (html: string, element: 'script' | 'style'): string =>
  [...html.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'g'))]
    .map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    .join(' ')

export const answerPage = async (
  response: ServerResponse,
  headers: readonly string[],
): Promise<void> => {
  page ??= read()
  sendAnswer(response, { status: 200, ...(await page) }, headers)
}
