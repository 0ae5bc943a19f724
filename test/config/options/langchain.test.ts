/** What a file says of providers whose models LangChain builds. */
import { describe, expect, it } from 'vitest'
import { toBanner } from '../../../src/cli/banner.ts'
import { parseConfigFile } from '../../../src/config/file/config-file.ts'
import { readEnvironment } from '../../../src/config/environment/environment.ts'
import { toAppOptions } from '../../../src/config/options/to-app-options.ts'
import { toLangchain } from '../../../src/config/options/to-langchain.ts'
import { faultsOf } from '../../tools/config/faults-of.ts'

const parse = (entry: string) =>
  parseConfigFile(`providers:\n  mine: ${entry}\n`, 'sluice.yaml', { KEY: 'sk-0123456789' })

describe('a provider of LangChain', () => {
  it('is a class, with its options and its time', () => {
    const file = parse(
      "{ langchain: { module: '@langchain/openai', class: ChatOpenAI, options: { apiKey: '${KEY}', topP: 0.5 } }, timeouts: { idle_ms: 4 } }",
    )
    expect(toLangchain(file.providers)).toEqual([
      {
        name: 'mine',
        chat: {
          source: { module: '@langchain/openai', class: 'ChatOpenAI' },
          options: { apiKey: 'sk-0123456789', topP: 0.5 },
        },
        deadlines: { idleMs: 4 },
      },
    ])
  })

  it('is a string as for initChatModel, with embeddings', () => {
    const file = parse(
      "{ langchain: { model: 'bedrock:amazon.nova-pro', embeddings: { module: '@langchain/openai', class: OpenAIEmbeddings } } }",
    )
    expect(toLangchain(file.providers)).toEqual([
      {
        name: 'mine',
        chat: { source: { model: 'bedrock:amazon.nova-pro' }, options: {} },
        embeddings: {
          source: { module: '@langchain/openai', class: 'OpenAIEmbeddings' },
          options: {},
        },
      },
    ])
  })

  it.each([
    ['{ langchain: {} }', 'langchain.model: must be set, or module and class'],
    ['{ langchain: { module: a } }', 'langchain.class: must be set beside module'],
    ['{ langchain: { class: A } }', 'langchain.module: must be set beside class'],
    ['{ langchain: { model: "a:b", class: A } }', 'langchain.model: stands alone'],
    ['{ langchain: { model: gpt } }', 'langchain.model: must be a vendor and a model'],
    ['{ langchain: { model: "a:b" }, api_key: x }', 'api_key: does not go with langchain'],
    ['{ vendor: openai, langchain: { model: "a:b" } }', 'vendor: does not go with langchain'],
  ])('is refused as %s', (entry, fault) => {
    expect(faultsOf(() => parse(entry)).join('\n')).toContain(`providers.mine.${fault}`)
  })

  it('names the package that is to be installed', () => {
    const file = parse("{ langchain: { module: '@langchain/nowhere/chat', class: Chat } }")
    expect(faultsOf(() => toLangchain(file.providers))).toEqual([
      "providers.mine.langchain: The package '@langchain/nowhere' is not installed: npm install @langchain/nowhere.",
    ])
  })
})

it('is in the banner, and disables the demo', async () => {
  const file = parse("{ langchain: { module: '@langchain/openai', class: ChatOpenAI } }")
  const { options } = toAppOptions({ flags: {}, file, environment: readEnvironment({}) })
  expect(options.demo).toBeUndefined()
  const banner = toBanner({ ...options, file: 'sluice.yaml' }).join('\n')
  expect(banner).toContain('mine           models that LangChain builds')
  expect(banner).toContain('mine/MODEL')
  expect(banner).not.toContain('none yet')
})
