/** The recipes of docs/chat.md, run as they are written there. Only the address of Sluice is replaced. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { closeLater, listenForTest, sluiceForTest } from '../../tools/app/house.ts'
import { isCall } from '../../tools/app/start-sluice.ts'
import { type Page, startChromium } from '../../tools/browser/chromium.ts'
import { blocksOf } from '../../tools/docs/blocks.ts'

const BLOCKS = blocksOf('docs/chat.md')
const WRITTEN = '127.0.0.1:3000'

const recipe = (language: string, mark: string): string => {
  const found = BLOCKS.find((block) => block.language === language && block.text.includes(mark))
  if (!found) throw new Error(`no recipe in ${language} has ${mark}`)
  expect(found.text).toContain(WRITTEN)
  return found.text
}

const CUT_AFTER = 3_000

/** Breaks its first two connections that bring as many bytes as this in the middle of them. */
const cutting = async (address: string): Promise<string> => {
  const { hostname, port } = new URL(`http://${address}`)
  const open = new Set<Socket>()
  let cuts = 0
  const server = createTcpServer((client) => {
    const upstream = connect(Number(port), hostname)
    let bytes = 0
    upstream.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes < CUT_AFTER || cuts >= 2) return void client.write(chunk)
      cuts++
      client.write(chunk.subarray(0, chunk.length / 2))
      client.destroySoon()
      upstream.destroy()
    })
    client.on('data', (chunk) => void upstream.write(chunk))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  closeLater({
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The page at an address of its own, and a Sluice that admits it. */
const serve = async (html: string, isCut = false) => {
  let address = ''
  const page = await listenForTest(
    createServer((_, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(html.replace(WRITTEN, address))
    }),
  )
  const sluice = await sluiceForTest({
    corsOrigins: [page],
    demo: {},
    defaultModel: 'demo/echo',
    chat: { messageRate: false },
  })
  const { host } = new URL(sluice.url)
  address = isCut ? await cutting(host) : host
  return { page, sluice, address }
}

const say = (page: Page, text: string): Promise<void> =>
  page.evaluate(`document.querySelector('input').value = ${JSON.stringify(text)},
    document.querySelector('form').requestSubmit()`)

const lines = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`[...document.querySelectorAll('#log li')].map((line) => line.textContent)`)

const LONG = '[[pace 10]] [[tokens 200]]'

/** The only answer that there is. */
const answerOf = async (sluice: Awaited<ReturnType<typeof serve>>['sluice']): Promise<string> => {
  const { json: list } = await sluice.send('/api/sessions')
  const [session] = list.sessions as { id: string }[]
  const { json } = await sluice.send(`/api/sessions/${session?.id}/messages`)
  const messages = json.messages as { content: string }[]
  expect(messages).toHaveLength(2)
  return messages[1]?.content ?? ''
}

describe('the page over a WebSocket', () => {
  it('asks, shows the answer in every tab, and shows both again after it is loaded again', async () => {
    const { page: address } = await serve(recipe('html', 'WebSocket('))
    const chromium = await startChromium()
    const one = await chromium.openPage()
    const other = await chromium.openPage()
    await one.open(address)
    await other.open(address)
    await say(one, '[[say Good morning.]]')
    const first = ['[[say Good morning.]]', '[demo] Good morning.']
    await expect.poll(() => lines(one)).toEqual(first)
    await expect.poll(() => lines(other)).toEqual(first)
    await say(other, '[[say Good night.]]')
    const both = [...first, '[[say Good night.]]', '[demo] Good night.']
    await expect.poll(() => lines(one)).toEqual(both)
    await one.open(address)
    await expect.poll(() => lines(one)).toEqual(both)
    expect([...one.faults, ...other.faults]).toEqual([])
  })

  it('shows the answer in progress when it comes back, and goes on with it', async () => {
    const { page: address } = await serve(recipe('html', 'WebSocket('))
    const page = await (await startChromium()).openPage()
    await page.open(address)
    const question = '[[pace 30]] [[tokens 60]]'
    await say(page, question)
    await expect.poll(async () => (await lines(page))[1]?.length ?? 0).toBeGreaterThan(20)
    await page.open(address)
    await expect.poll(async () => (await lines(page))[0]).toBe(question)
    const [, before = ''] = await lines(page)
    await expect
      .poll(async () => (await lines(page))[1]?.length ?? 0)
      .toBeGreaterThan(before.length)
    expect((await lines(page))[1]?.startsWith(before)).toBe(true)
  })

  it('shows every word once when its connection breaks, and asks once', async () => {
    const { page: address, sluice } = await serve(recipe('html', 'WebSocket('), true)
    const page = await (await startChromium()).openPage()
    await page.open(address)
    await say(page, LONG)
    await expect.poll(() => sluice.log.filter(isCall).length).toBe(1)
    await expect.poll(() => lines(page)).toEqual([LONG, await answerOf(sluice)])
  })

  it('shows why an answer failed', async () => {
    const { page: address } = await serve(recipe('html', 'WebSocket('))
    const page = await (await startChromium()).openPage()
    await page.open(address)
    await say(page, '[[status 400]]')
    await expect.poll(async () => (await lines(page))[1]).toMatch(/\(.+\)$/)
  })
})

describe('the page over server-sent events', () => {
  it('asks and shows the answer', async () => {
    const { page: address } = await serve(recipe('html', 'EventSource('))
    const page = await (await startChromium()).openPage()
    await page.open(address)
    await say(page, '[[say Good morning.]]')
    await expect.poll(() => lines(page)).toEqual(['[[say Good morning.]]', '[demo] Good morning.'])
    await say(page, '[[say Good night.]]')
    await expect.poll(() => lines(page)).toHaveLength(4)
    await expect.poll(async () => (await lines(page))[3]).toBe('[demo] Good night.')
    expect(page.faults).toEqual([])
  })

  it('shows every word once when its connection breaks, and asks once', async () => {
    const { page: address, sluice } = await serve(recipe('html', 'EventSource('), true)
    const page = await (await startChromium()).openPage()
    await page.open(address)
    await say(page, LONG)
    await expect.poll(() => sluice.log.filter(isCall).length).toBe(1)
    await expect.poll(() => lines(page)).toEqual([LONG, await answerOf(sluice)])
  })
})

describe('the client in Python', () => {
  it('asks and prints the answer', async () => {
    const { sluice } = await serve('')
    const program = recipe('python', 'def ask').replace(WRITTEN, new URL(sluice.url).host)
    const run = promisify(execFile)
    const { stdout } = await run('python3', ['-c', program, '[[say Good morning.]]'])
    expect(stdout).toBe('[demo] Good morning.\n')
  })

  it('prints every word once when its connection breaks, and asks once', async () => {
    const { sluice, address } = await serve('', true)
    const program = recipe('python', 'def ask').replace(WRITTEN, address)
    const { stdout } = await promisify(execFile)('python3', ['-c', program, LONG])
    expect(stdout).toBe(`${await answerOf(sluice)}\n`)
    expect(sluice.log.filter(isCall)).toHaveLength(1)
  })
})
