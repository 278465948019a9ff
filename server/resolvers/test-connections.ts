import { TestResult } from '../entities/result.js';
import { TestAssignment } from '../entities/test-assignment.js';
import { Test } from '../entities/test.js';
import { connectionType } from './connection.js';

export const TestConnection = connectionType('Test', Test);
export const TestAssignmentConnection = connectionType('TestAssignment', TestAssignment);
export const TestResultConnection = connectionType('TestResult', TestResult);
