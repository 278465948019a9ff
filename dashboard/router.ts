import { createRouter, createWebHistory, type RouteLocationRaw, type RouteRecordRaw } from 'vue-router';
import { loadSession, useSession } from './composables/useSession.js';
import { client } from './plugins/apollo.js';

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without a login, and without the navigation. */
    readonly open?: boolean;
    readonly title?: string;
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/setup', component: () => import('./pages/SetupPage.vue'), meta: { open: true, title: 'Set up' } },
  { path: '/login', component: () => import('./pages/LoginPage.vue'), meta: { open: true, title: 'Sign in' } },
  { path: '/', component: () => import('./pages/OverviewPage.vue'), meta: { title: 'Overview' } },
  { path: '/agents', component: () => import('./pages/AgentsPage.vue'), meta: { title: 'Agents' } },
  { path: '/agents/:id', component: () => import('./pages/AgentPage.vue'), props: true, meta: { title: 'Agent' } },
  { path: '/tests', component: () => import('./pages/TestsPage.vue'), meta: { title: 'Tests' } },
  { path: '/tests/new', component: () => import('./pages/NewTestPage.vue'), meta: { title: 'New test' } },
  { path: '/tests/:id', component: () => import('./pages/TestPage.vue'), props: true, meta: { title: 'Test' } },
  { path: '/tests/:id/edit', component: () => import('./pages/EditTestPage.vue'), props: true, meta: { title: 'Edit a test' } },
  { path: '/audit', component: () => import('./pages/AuditPage.vue'), meta: { title: 'Audit' } },
  { path: '/settings', component: () => import('./pages/SettingsPage.vue'), meta: { title: 'Settings' } },
  { path: '/:rest(.*)*', component: () => import('./pages/NotFoundPage.vue'), meta: { title: 'Not found' } },
];

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
});

const { me, setUpRequired } = useSession();

/** Where a visitor without a session is led, and back from there: only to an address of ours. */
function redirectFor(path: string, open: boolean): RouteLocationRaw | true {
  if (setUpRequired.value) return path.startsWith('/setup') || { path: '/setup' };
  // The set-up link works once; whoever follows it later is told so, where they can go on.
  if (path.startsWith('/setup') && !me.value) return { path: '/login', query: { setup: 'done' } };
  if (!me.value && !open) return { path: '/login', query: path === '/' ? {} : { return: path } };
  return me.value && open ? { path: '/' } : true;
}

router.beforeEach(async (to) => {
  await loadSession(client);
  return redirectFor(to.fullPath, to.meta.open === true);
});

router.afterEach((to) => {
  document.title = to.meta.title ? `${to.meta.title} · StreamSwarm` : 'StreamSwarm';
});

/** The page to show after signing in: the one that was asked for, if it is ours. */
export function returnPath(wanted: unknown): string {
  return typeof wanted === 'string' && wanted.startsWith('/') && !wanted.startsWith('//') ? wanted : '/';
}
