/** Writes docs/configuration.md, docs/vendors.md, docs/errors.md and schema/sluice.schema.json anew. */
import { writeFileSync } from 'node:fs'
import { createPublishedSchema } from '#config'
import { createJsonSchema } from '../src/config/file/json-schema.ts'
import { toConfigurationDocs } from './configuration-docs.ts'
import { toErrorsDocs } from './errors-docs.ts'
import { toVendorsDocs } from './vendors-docs.ts'

const write = (path: string, text: string): void =>
  writeFileSync(new URL(`../${path}`, import.meta.url), text)

write('docs/configuration.md', toConfigurationDocs(createJsonSchema()))
write('docs/vendors.md', toVendorsDocs())
write('docs/errors.md', toErrorsDocs())
write('schema/sluice.schema.json', `${JSON.stringify(await createPublishedSchema(), null, 2)}\n`)
