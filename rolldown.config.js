/** Puts the program and its workers into few files: reading hundreds takes longer than running them. */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'rolldown'

const PAGE = 'reference.html'

export default defineConfig({
  input: {
    main: 'src/cli/main.ts',
    'count-worker': 'src/usage/counting/count-worker.ts',
    'sqlite-worker': 'src/stores/rows/sqlite/sqlite-worker.ts',
  },
  platform: 'node',
  // The dependencies stay where npm puts them.
  external: /^(?![./#])/,
  plugins: [
    {
      name: 'page of the reference',
      generateBundle() {
        const source = readFileSync(`src/server/reference/${PAGE}`, 'utf8')
        // Beside the module that reads it, as in the sources.
        this.emitFile({ type: 'asset', fileName: PAGE, source })
      },
    },
  ],
  output: { dir: 'dist', cleanDir: true, chunkFileNames: '[name].js' },
})
