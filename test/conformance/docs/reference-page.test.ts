/** `/docs` in Chromium. */
import { describe, expect, it } from 'vitest'
import { sluiceForTest } from '../../tools/app/house.ts'
import { type Page, startChromium } from '../../tools/browser/chromium.ts'
import { operationsOf, readDocument } from '../../tools/server/reference/document.ts'

const KEY = 'sk-one-of-these'

const shown = (page: Page, selector: string): Promise<void> =>
  page.evaluate(`new Promise((resolve) => {
    const look = () => (document.querySelector('${selector}') ? resolve() : setTimeout(look, 20))
    look()
  })`)

describe('the page in a browser', () => {
  it('shows every route, on a desktop and on a phone, and asks nobody else', async () => {
    const { url } = await sluiceForTest()
    const routes = operationsOf(await readDocument(url))
    const page = await (await startChromium()).openPage()
    for (const size of [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ]) {
      await page.resize(size)
      await page.open(`${url}/docs`)
      await shown(page, '.route')
      expect(await page.evaluate(`document.querySelectorAll('.route, .short').length`)).toBe(
        routes.length,
      )
      const examples = routes.filter(({ operation }) => operation['x-codeSamples'])
      expect(await page.evaluate(`document.querySelectorAll('.example pre').length`)).toBe(
        examples.length,
      )
      // Nothing is wider than the screen.
      expect(await page.evaluate(`document.documentElement.scrollWidth <= window.innerWidth`)).toBe(
        true,
      )
    }
    const broken = `[...document.querySelectorAll('a[href^="#"]')].map((a) => a.hash.slice(1))
      .filter((id) => id !== '' && !document.getElementById(decodeURIComponent(id)))`
    expect(await page.evaluate(broken)).toEqual([])
    expect(page.faults).toEqual([])
    expect([...new Set(page.requests)]).toEqual([`${url}/docs`, `${url}/openapi.json`])
  })

  it('asks for a key where one is needed, and does not keep it', async () => {
    const { url } = await sluiceForTest({ keys: [{ key: KEY, name: 'one' }] })
    const page = await (await startChromium()).openPage()
    await page.open(`${url}/docs`)
    await shown(page, 'form')
    const enter = (key: string) =>
      page.evaluate(`document.querySelector('input').value = '${key}',
        document.querySelector('form').requestSubmit()`)
    await enter('sk-wrong')
    await page.evaluate(`new Promise((resolve) => {
      const look = () =>
        document.body.textContent.includes('not valid') ? resolve() : setTimeout(look, 20)
      look()
    })`)
    await enter(KEY)
    await shown(page, '.route')
    expect(await page.evaluate(`localStorage.length + sessionStorage.length`)).toBe(0)
    expect(await page.evaluate(`document.cookie`)).toBe('')
    expect(await page.evaluate(`document.body.textContent.includes('${KEY}')`)).toBe(false)
  })
})
