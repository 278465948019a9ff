import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, print, visit, type DocumentNode, type FragmentDefinitionNode, type OperationDefinitionNode } from 'graphql';
import { packageRoot } from '../config.js';

/** An operation that the dashboard or the agents really send, with its fragments. */
export interface RealDocument {
  readonly name: string;
  readonly operation: OperationDefinitionNode;
  readonly document: DocumentNode;
  readonly query: string;
}

/** Every operation of the dashboard (`dashboard/graphql`) and of the agents (`agent/server-link/documents.ts`). */
export function realDocuments(): RealDocument[] {
  const dashboard = readdirSync(join(packageRoot(), 'dashboard', 'graphql')).filter((file) => file.endsWith('.graphql'));
  const texts = dashboard.map((file) => readFileSync(join(packageRoot(), 'dashboard', 'graphql', file), 'utf8'));
  const agent = readFileSync(join(packageRoot(), 'agent', 'server-link', 'documents.ts'), 'utf8');
  texts.push([...agent.matchAll(/\/\* GraphQL \*\/ `([^`]+)`/g)].map(([, text]) => text).join('\n'));
  const { definitions } = parse(texts.join('\n'));
  const fragments = definitions.filter((each) => each.kind === 'FragmentDefinition');
  return definitions.filter((each) => each.kind === 'OperationDefinition').map((operation) => withFragments(operation, fragments));
}

function withFragments(operation: OperationDefinitionNode, all: readonly FragmentDefinitionNode[]): RealDocument {
  const used = new Set<FragmentDefinitionNode>();
  const collect = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = all.find((each) => each.name.value === name.value);
        if (!fragment || used.has(fragment)) return;
        used.add(fragment);
        collect(fragment);
      },
    });
  };
  collect(operation);
  const document: DocumentNode = { kind: 'Document', definitions: [operation, ...used] } as DocumentNode;
  return { name: operation.name?.value ?? 'anonymous', operation, document, query: print(document) };
}
