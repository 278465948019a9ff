import { ApolloError } from '@apollo/client/core';
import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { fieldError, toProblem } from './errors.js';

const refused = (extensions: Record<string, unknown>): ApolloError =>
  new ApolloError({ graphQLErrors: [new GraphQLError('The name is taken.', { extensions })] });

describe('errors of the server', () => {
  it('name the fields that are to blame, with or without "input."', () => {
    const problem = toProblem(refused({ code: 'BAD_USER_INPUT', fields: [{ path: 'input.name', message: 'Taken.' }] }));
    expect(problem.code).toBe('BAD_USER_INPUT');
    expect(fieldError(problem, 'name')).toBe('Taken.');
    expect(fieldError(problem, 'targets')).toBeUndefined();
  });

  it('ignore fields that are not what the contract says', () => {
    expect(toProblem(refused({ code: 'BAD_USER_INPUT', fields: ['name'] })).fields).toEqual({});
  });

  it('say that the server was not reached', () => {
    expect(toProblem(new ApolloError({ networkError: new TypeError('Failed to fetch') })).code).toBe('NETWORK');
  });
});
