import { fileURLToPath } from 'node:url';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import vuetify, { transformAssetUrls } from 'vite-plugin-vuetify';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** Where `npm run dev:dashboard` sends GraphQL: a server started by `npm start`. */
const server = process.env.STREAMSWARM_SERVER ?? 'http://127.0.0.1:4000';

export default defineConfig({
  root: at('./dashboard'),
  base: '/',
  // Vuetify's components come one by one, so that only what a page uses is sent to it.
  plugins: [vue({ template: { transformAssetUrls } }), vuetify({ autoImport: true, styles: true })],
  build: {
    outDir: at('./dist/dashboard'),
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 600,
  },
  server: { host: '127.0.0.1', proxy: { '/graphql': { target: server, ws: true } } },
});
