import { getOperationAST, GraphQLError, Kind, type DocumentNode, type ExecutionArgs, type FieldNode, type SelectionSetNode } from 'graphql';

/** Errors of a compiled operation as graphql-js has them: with the places in the document that they belong to, and with what was thrown. */
export function inItsWords({ document, operationName }: ExecutionArgs, errors: readonly GraphQLError[]): GraphQLError[] {
  const root = getOperationAST(document, operationName)?.selectionSet;
  return errors.map(({ message, path, originalError }) => {
    const nodes = root && path ? fieldsAt(document, root, path) : [];
    return new GraphQLError(message, { nodes, path, originalError });
  });
}

/** The fields of a document that an answer's place comes from. Numbers in the path are places in lists. */
function fieldsAt(document: DocumentNode, root: SelectionSetNode, path: readonly (string | number)[]): FieldNode[] {
  let sets: readonly SelectionSetNode[] = [root];
  let fields: FieldNode[] = [];
  for (const key of path) {
    if (typeof key === 'number') continue;
    fields = sets.flatMap((set) => fieldsOf(document, set)).filter(({ alias, name }) => (alias ?? name).value === key);
    sets = fields.flatMap(({ selectionSet }) => selectionSet ?? []);
  }
  return fields;
}

/** The fields of a selection, those of its fragments too: a valid document has no fragment that contains itself. */
function fieldsOf(document: DocumentNode, { selections }: SelectionSetNode): FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldsOf(document, selection.selectionSet);
    const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
    const fragment = fragments.find(({ name }) => name.value === selection.name.value);
    return fragment ? fieldsOf(document, fragment.selectionSet) : [];
  });
}
