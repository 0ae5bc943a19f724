/** Which vendor's prices apply to models that LangChain builds. */
import { expect, it } from 'vitest'
import { langchainVendor } from '#providers'

it.each([
  [{ model: 'bedrock:amazon.nova-pro' }, 'bedrock'],
  [{ model: 'azure_openai:gpt-4o' }, 'azure-openai'],
  [{ module: '@langchain/google-genai', class: 'ChatGoogleGenerativeAI' }, 'google-genai'],
  [{ module: './my-model.js', class: 'MyModel' }, ''],
])('%o is of %s', (source, vendor) => {
  const built = { source, options: {} }
  expect(langchainVendor({ name: 'built', chat: built })).toBe(vendor)
  expect(langchainVendor({ name: 'built', embeddings: built })).toBe(vendor)
})
