/** The examples of the reference run as written, and are answered as it describes. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { closeLater, sluiceForTest } from '../../tools/app/house.ts'
import { PNG } from '../../tools/chat/files.ts'
import {
  answerOf,
  type Described,
  type Document,
  judgeOf,
  operationsOf,
  readDocument,
} from '../../tools/server/reference/document.ts'

const KEY = 'sk-one-of-these'
const SESSION = 'my-session'

/** How the answers of `curl` end here: their status, and when a stream that goes on is left. */
const CURLRC = String.raw`silent
show-error
write-out = "\n%{http_code}"
max-time = 5
`

const folderForTest = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-examples-'))
  closeLater({ close: () => Promise.resolve(rmSync(folder, { recursive: true })) })
  return folder
}

const start = async () => {
  const sluice = await sluiceForTest({
    keys: [{ key: KEY, name: 'one' }],
    demo: {},
    defaultModel: 'demo/echo',
    chat: { messageRate: false },
  })
  const headers = { authorization: `Bearer ${KEY}` }
  const ask = async (path: string, body?: object, method?: string) => {
    const sending = { headers, ...(body && { body }), ...(method !== undefined && { method }) }
    const { json, status, text } = await sluice.send(path, sending)
    expect(status, text).toBeLessThan(300)
    return json
  }
  const home = folderForTest()
  writeFileSync(join(home, '.curlrc'), CURLRC)
  const file = join(home, 'a.png')
  writeFileSync(file, PNG)

  const inShell = (command: string, variables: Readonly<Record<string, string>>) =>
    new Promise<{ text: string; status: number }>((resolve) => {
      const set = {
        SLUICE_URL: sluice.url,
        SLUICE_KEY: KEY,
        SESSION_ID: SESSION,
        FILE: file,
        ...variables,
      }
      const env = { PATH: process.env['PATH'], CURL_HOME: home, ...set }
      execFile('sh', ['-euc', command], { env }, (_, output, errors) => {
        const at = output.lastIndexOf('\n')
        const status = Number(output.slice(at + 1))
        if (status === 0) throw new Error(errors)
        resolve({ text: output.slice(0, at), status })
      })
    })
  return { sluice, ask, inShell }
}

type Running = Awaited<ReturnType<typeof start>>

/** What the session is like before each example, and the ids of what it is about. */
const prepare = async (
  { ask }: Running,
  { method, path }: Described,
): Promise<Readonly<Record<string, string>>> => {
  const session = `/api/sessions/${SESSION}`
  await ask('/api/sessions', { id: SESSION })
  if (path.startsWith('/api/uploads')) {
    const { upload_id: id } = await ask('/api/uploads', { a: 'file' })
    return { UPLOAD_ID: String(id) }
  }
  if (path.endsWith('/queue/{message_id}')) {
    await ask(`${session}/messages`, { content: '[[stall 1]]' })
    const { message_id: waiting } = await ask(`${session}/messages`, { content: 'wait' })
    return { MESSAGE_ID: String(waiting) }
  }
  if (path.endsWith('/continue')) {
    const { run_id: cut } = await ask(`${session}/messages`, { content: '[[stall 1]]' })
    await ask(`${session}/cancel`, {})
    return { RUN_ID: String(cut) }
  }
  if (path.endsWith('/cancel')) {
    await ask(`${session}/messages`, { content: '[[stall 1]]' })
    return {}
  }
  if (method === 'DELETE' || path === '/api/sessions') return {}
  await ask('/api/chat', { message: 'hello', session_id: SESSION })
  const { runs } = (await ask(`${session}/runs`)) as {
    runs: { run_id: string; parent_id: string }[]
  }
  return { RUN_ID: runs[0]?.run_id ?? '', MESSAGE_ID: runs[0]?.parent_id ?? '' }
}

const clean = async ({ sluice }: Running): Promise<void> => {
  const headers = { authorization: `Bearer ${KEY}` }
  await sluice.send(`/api/sessions/${SESSION}`, { method: 'DELETE', headers })
}

interface Received {
  readonly text: string
  readonly status: number
}

const judge = (document: Document, described: Described, { text, status }: Received): void => {
  const answer = answerOf(document, described, status)
  expect(answer, `the status ${status}`).toBeDefined()
  const content = answer?.content ?? {}
  const schema = content['application/json']?.schema
  if ('text/event-stream' in content) expect(text).toMatch(/^data: \{/m)
  else if ('application/octet-stream' in content) expect(text).toBe('{"a":"file"}')
  else if (text.startsWith('#')) expect(content).toHaveProperty(['text/markdown'])
  else if (schema)
    expect(judgeOf(document, schema).safeParse(JSON.parse(text)).error?.issues).toBeUndefined()
  else expect(text).toBe('')
}

describe('an example', () => {
  it('is there for every route of the chat', async () => {
    const running = await start()
    const bare = operationsOf(await readDocument(running.sluice.url, KEY)).filter(
      ({ operation }) => operation.operationId !== undefined && !operation['x-codeSamples'],
    )
    expect(bare).toEqual([])
  })

  it('runs as written, and its answer is what is described', async () => {
    const running = await start()
    const document = await readDocument(running.sluice.url, KEY)
    const examples = operationsOf(document).filter(({ operation }) => operation['x-codeSamples'])
    for (const described of examples) {
      const { method, path, operation } = described
      const variables = await prepare(running, described)
      for (const { source } of operation['x-codeSamples'] ?? []) {
        const answer = await running.inShell(source, variables)
        const seen = `${method} ${path}: ${answer.status} ${answer.text}`
        expect(answer.status, seen).toBeLessThan(300)
        judge(document, described, answer)
      }
      await clean(running)
    }
    expect(examples.length).toBeGreaterThan(25)
  })

  it('of a body is a body that the schema allows', async () => {
    const running = await start()
    const document = await readDocument(running.sluice.url, KEY)
    for (const { operation, path } of operationsOf(document)) {
      const sent = operation.requestBody?.content['application/json']
      if (!sent) continue
      expect(sent.example, path).toBeDefined()
      expect(judgeOf(document, sent.schema).safeParse(sent.example).error).toBeUndefined()
    }
  })

  it('without a key is refused in the form that is described', async () => {
    const running = await start()
    const document = await readDocument(running.sluice.url, KEY)
    for (const described of operationsOf(document)) {
      const { operation, path } = described
      if (operation.operationId === undefined) continue
      const [sample] = operation['x-codeSamples'] ?? []
      const wrong = {
        SLUICE_KEY: 'sk-wrong',
        RUN_ID: 'run_1',
        MESSAGE_ID: 'msg_1',
        UPLOAD_ID: 'upl_1',
      }
      const answer = await running.inShell(sample?.source ?? '', wrong)
      expect(answer.status, path).toBe(401)
      judge(document, described, answer)
    }
  })
})
