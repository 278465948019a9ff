import {
  BREAK,
  getNamedType,
  getNullableType,
  GraphQLError,
  isCompositeType,
  isListType,
  visit,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { getComplexity, type ComplexityEstimator } from 'graphql-query-complexity';

/** How many objects a list is taken to have whose length nobody asked for: the probes of an agent, the targets of a test. */
const USUAL_LIST = 10;
/** Selections that are looked at, fragments unfolded: a document that unfolds to more is refused unmeasured. */
const MOST_SELECTIONS = 5000;

/** Arguments that say how long a list may get. */
const SIZES = ['first', 'last', 'maxPoints'] as const;

/** A document whose operation is to be measured. */
export interface Measured {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

const known = new WeakMap<OperationDefinitionNode, number>();

/**
 * How many values an operation's answer may have: what is in a page counts `first` times, pages in pages multiply.
 * Infinity when the fragments unfold to more than anybody needs;
 * undefined where the variables do not fit their types: executing says so better.
 */
export function complexityOf(schema: GraphQLSchema, { document, operation, variables }: Measured): number | undefined {
  const before = known.get(operation);
  if (before !== undefined) return before;
  let mismatch = false;
  const complexity = measure(schema, document, operation, variables, () => (mismatch = true));
  if (mismatch) return undefined;
  if (!dependsOnVariables(document)) known.set(operation, complexity);
  return complexity;
}

function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
  onMismatch: () => void,
): number {
  const definitions = document.definitions.filter((each) => each === operation || each.kind === 'FragmentDefinition');
  try {
    return getComplexity({
      schema,
      query: { ...document, definitions },
      variables: { ...variables },
      maxQueryNodes: MOST_SELECTIONS,
      estimators: [valuesOf],
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (/number of nodes/.test(error.message)) return Infinity;
    onMismatch();
    return 0;
  }
}

const valuesOf: ComplexityEstimator = ({ args, field, childComplexity }) => {
  // Clients add it everywhere, and it costs nothing to look up.
  if (field.name === '__typename') return 0;
  const given: Readonly<Record<string, unknown>> = args;
  const sizes = SIZES.map((name) => given[name]).filter((size) => typeof size === 'number');
  if (sizes.length > 0) return 1 + Math.max(1, ...sizes) * many(given) * childComplexity;
  const listed = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  // The nodes of a connection were counted by its `first`.
  const isPage = field.name === 'nodes' || field.name === 'edges';
  return 1 + (listed && !isPage ? USUAL_LIST : 1) * childComplexity;
};

/** A series comes for each metric that is asked for. */
function many({ metrics }: Readonly<Record<string, unknown>>): number {
  return Array.isArray(metrics) ? Math.max(1, metrics.length) : 1;
}

/** Whether the size of an answer is in the variables, so that it must be worked out each time. */
function dependsOnVariables(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Argument: (node) => {
      const { value } = node;
      const names: readonly string[] = [...SIZES, 'metrics', 'if'];
      if (value.kind !== 'Variable' || !names.includes(node.name.value)) return undefined;
      found = true;
      return BREAK;
    },
  });
  return found;
}
