import { defaultRoutes, planLink, routesTo, type LabPlan, type PlannedLink, type PlannedRoute } from './plan.js';

/** The router that spreads flows, and the one behind the parallel routers. */
export const FORK = 'fork';
export const JOIN = 'join';

/** The name of a parallel router, counted from 1. */
export const parallelRouter = (number: number): string => `p${number}`;

/** Client, fork, so many routers side by side, join, server. Answers come back over the first of the parallel routers. @throws RangeError */
export function planFan(lab: string, width: number): LabPlan {
  if (!Number.isInteger(width) || width < 1 || width > 32) throw new RangeError('a fan has 1 to 32 parallel routers');
  const routers = Array.from({ length: width }, (_, index) => parallelRouter(index + 1));
  const begin = planLink(lab, ['client', FORK], 0);
  const out = routers.map((router, index) => planLink(lab, [FORK, router], 1 + index));
  const back = routers.map((router, index) => planLink(lab, [router, JOIN], 1 + width + index));
  const end = planLink(lab, [JOIN, 'server'], 1 + 2 * width);
  const links = [begin, ...out, ...back, end];
  const hosts = ['client', FORK, ...routers, JOIN, 'server'].map((name) => hostOf(name, lab, links));
  const [firstBack] = back;
  const routes = [
    ...defaultRoutes(begin.left.namespace, begin.right),
    ...spread(begin.right.namespace, end, out),
    ...out.flatMap(({ right, left }, index) => {
      const next = back[index];
      return [...(next ? routesTo(right.namespace, end, next.right) : []), ...routesTo(right.namespace, begin, left)];
    }),
    ...(firstBack ? routesTo(end.left.namespace, begin, firstBack.left) : []),
    ...defaultRoutes(end.right.namespace, end.left),
  ];
  return { hosts, links, routes };
}

/** Its address is the one nearest to the client, and the client's own. */
function hostOf(name: string, lab: string, links: readonly PlannedLink[]): LabPlan['hosts'][number] {
  const ends = links.flatMap(({ left, right }) => [right, left]);
  const end = ends.find(({ host }) => host === name);
  return { name, namespace: `${lab}-${name}`, v4: end?.v4 ?? '', v6: end?.v6 ?? '' };
}

function spread(namespace: string, end: PlannedLink, out: readonly PlannedLink[]): PlannedRoute[] {
  const [first, ...others] = out;
  if (!first) return [];
  return routesTo(namespace, end, first.right).map((route) => {
    const orVia = others.map(({ right }) => (route.via.includes(':') ? right.v6 : right.v4));
    return { ...route, orVia };
  });
}
