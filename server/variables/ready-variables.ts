import {
  GraphQLScalarType,
  GraphQLSchema,
  isInputType,
  isListType,
  getNamedType,
  getNullableType,
  isInputObjectType,
  Kind,
  typeFromAST,
  type DocumentNode,
  type ExecutionArgs,
  type GraphQLInputType,
  type NamedTypeNode,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { compileCoercion, UNFIT, type Coercion } from './coercion.js';

/** A valid document and what its operation is to run with. */
export interface Given {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What GraphQL executes. */
export type Executable = Pick<ExecutionArgs, 'schema' | 'document' | 'variableValues'>;

/** The type of a variable that is coerced already. In no schema that anybody sees: documents are validated against the real one. */
const READY = new GraphQLScalarType({ name: 'ReadyVariable', parseValue: (value) => value });
const READY_TYPE: NamedTypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: READY.name } };

interface Plan {
  readonly document: DocumentNode;
  readonly coercions: ReadonlyMap<string, Coercion>;
}

/**
 * Coerces long lists of objects (an agent's results: thousands of values) by compiled functions, before GraphQL would do it value by value; its executor
 * gets a copy of the document in which these variables have a type that passes them through.
 */
export class ReadyVariables {
  private readonly executing: GraphQLSchema;
  private readonly plans = new WeakMap<OperationDefinitionNode, Plan>();

  constructor(private readonly schema: GraphQLSchema) {
    const config = schema.toConfig();
    this.executing = new GraphQLSchema({ ...config, types: [...config.types, READY], assumeValid: true });
  }

  /** What to execute: with ready variables where all of them fit, else as it was given, so that GraphQL says what is wrong. */
  executable({ document, operation, variables }: Given): Executable {
    const asGiven = { schema: this.schema, document, variableValues: variables };
    const plan = this.planOf(document, operation);
    if (plan.coercions.size === 0) return asGiven;
    const ready: Record<string, unknown> = { ...variables };
    for (const [name, coerce] of plan.coercions) {
      const value = coerce(variables[name]);
      if (value === UNFIT) return asGiven;
      ready[name] = value;
    }
    return { schema: this.executing, document: plan.document, variableValues: ready };
  }

  private planOf(document: DocumentNode, operation: OperationDefinitionNode): Plan {
    const known = this.plans.get(operation);
    if (known) return known;
    const plan = this.plan(document, operation);
    this.plans.set(operation, plan);
    return plan;
  }

  private plan(document: DocumentNode, operation: OperationDefinitionNode): Plan {
    const coercions = new Map<string, Coercion>();
    const variableDefinitions = operation.variableDefinitions?.map((definition) => {
      const type = this.listOfObjects(definition);
      if (!type) return definition;
      coercions.set(definition.variable.name.value, compileCoercion(type));
      return { ...definition, type: READY_TYPE };
    });
    const changed = { ...operation, variableDefinitions };
    return { document: { ...document, definitions: document.definitions.map((each) => (each === operation ? changed : each)) }, coercions };
  }

  /** The type of a variable that must be given and is a list of input objects; undefined for any other. */
  private listOfObjects({ type: node, defaultValue }: VariableDefinitionNode): GraphQLInputType | undefined {
    if (node.kind !== Kind.NON_NULL_TYPE || defaultValue) return undefined;
    const type = typeFromAST(this.schema, node);
    return type && isInputType(type) && isListType(getNullableType(type)) && isInputObjectType(getNamedType(type)) ? type : undefined;
  }
}
